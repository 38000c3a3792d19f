#pragma once
#include "runtime/child_plan.h"

namespace ccocker::runtime::child {

// Opens a new pty of the devpts instance at `dev`/pts, sends its master to the parent, binds its slave to
// `dev`/console where there is one (unless dev is a running container's, `plan.enter_pidfd`) and gives the slave back.
int open_terminal(const ChildPlan& plan, int dev);

}  // namespace ccocker::runtime::child
