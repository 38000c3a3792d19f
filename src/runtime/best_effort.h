#pragma once
#include <string>

#include "loop/task.h"

namespace ccocker::runtime {

// For what goes on beside a container and must not end it: a failure is said once (runtime/notice.h, as `doing: why`)
// and the task ends. Only cancellation gets through.
Task<void> best_effort(Task<void> task, std::string doing);

}  // namespace ccocker::runtime
