#pragma once
#include <string>

#include "loop/task.h"
#include "runtime/lock.h"

namespace ccocker::runtime {

// Ends what dead supervisors and killed commands left below ROOT and STATE. Every container has STATE/containers/ID
// from before it is made until after it has ended, so a sweep looks only there; the first one after a reboot, which
// empties STATE, looks through ROOT once. Containers whose live lock is held are left alone.
Task<void> sweep_containers(std::string root, std::string state);

// Takes away a container without a record, whose lock the caller holds: its names, its files, its state directory.
void remove_debris(const std::string& root, LiveLock& lock);

}  // namespace ccocker::runtime
