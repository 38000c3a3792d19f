#pragma once
#include "runtime/child_plan.h"

namespace ccocker::runtime {

// The child's life from clone3 to exec: makes its root (or enters a container's namespaces), gives up what it must not
// have and becomes the program. Never gives back; a failure goes to plan.socket as an InitReport.
[[noreturn]] void run_child(const ChildPlan& plan);

}  // namespace ccocker::runtime
