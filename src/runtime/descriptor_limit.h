#pragma once
#include <optional>

#include "runtime/spec.h"

namespace ccocker::runtime {

// A supervisor has two descriptors for each connection that it passes on, and a pull one for each layer that it keeps:
// more than a soft limit (RLIMIT_NOFILE) of 1024 is good for. Raises that of this process to the hard one.
void raise_descriptor_limit();
// What a process has that a container is given without limits of its own: the caller's. nullopt: it was not raised.
std::optional<Rlimit> descriptor_limit_before();

// Whether `errnum` says that no descriptor is left, to this process or to the system; the first time it is said to the
// user that what needs one waits.
bool are_descriptors_gone(int errnum);

}  // namespace ccocker::runtime
