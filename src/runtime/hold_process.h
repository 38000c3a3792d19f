#pragma once
#include <functional>
#include <optional>

#include "loop/fd.h"
#include "runtime/container.h"

namespace ccocker::runtime {

// A pidfd of the container's first process, by the number that its record says. That may be another process's by now:
// one that lives and is in the container's control group is not. `open` is called with the number meanwhile, for what
// the caller wants of /proc/PID: what it opened is the container's when this gives a pidfd. nullopt: it has ended.
std::optional<Fd> hold_process(const Container& it, const std::function<void(pid_t)>& open = {});
// The same; Errc::conflict says that it is not running.
Fd require_process(const Container& it, const std::function<void(pid_t)>& open = {});

}  // namespace ccocker::runtime
