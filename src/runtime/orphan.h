#pragma once
#include <string>

#include "loop/task.h"
#include "runtime/record.h"

namespace ccocker::runtime {

// Ends what a supervisor that was killed has left of its container: its processes and control groups, links, addresses,
// and its part in another one's network. For the holder of the container's lock, who keeps it. When it died while the
// container ran, the end is told and written down first, so that nobody takes the holder for a supervisor meanwhile.
Task<void> end_orphan(std::string root, std::string state, ContainerClaim& claim);

}  // namespace ccocker::runtime
