#pragma once
// The root filesystem of a new container, assembled from inside its mount namespace.
#include "runtime/child_plan.h"

namespace ccocker::runtime::child {

// Attaches the planned root and makes it "/"; nothing of the host is reachable by a path after it.
void enter_root(const ChildPlan& plan);
// /proc, /dev, /sys and what belongs below them. With plan.terminal, opens the pty, hands its master to the parent and
// gives back its slave; -1 otherwise.
int mount_kernel_filesystems(const ChildPlan& plan);
// Volumes, files, tmpfs mounts and device nodes of the plan.
void attach_planned_mounts(const ChildPlan& plan);
void write_sysctls(const ChildPlan& plan);
// Read-only and masked paths, and the read-only root; nothing can be made in the root after it.
void seal_root(const ChildPlan& plan);

}  // namespace ccocker::runtime::child
