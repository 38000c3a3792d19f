#pragma once
// The root filesystem of a new container, assembled from inside its mount namespace.
#include "runtime/child_plan.h"

namespace ccocker::runtime::child {

// Attaches the planned root and makes it "/"; nothing of the host is reachable by a path after it.
void enter_root(const ChildPlan& plan);
// /proc, /dev, /sys and what belongs below them. Gives a detached mount of the null device for `seal_paths`, taken
// while nothing of the user's or the image's can be in its place; -1 when nothing is masked.
int mount_kernel_filesystems(const ChildPlan& plan);
// Volumes, files, tmpfs mounts and device nodes of the plan.
void attach_planned_mounts(const ChildPlan& plan);
void write_sysctls(const ChildPlan& plan);
// Read-only and masked paths. Whoever is inside one of them before stays below the seal, so the working directory is
// entered after it.
void seal_paths(const ChildPlan& plan, int null_device);
// The read-only root; nothing can be made in the root after it.
void seal_root(const ChildPlan& plan);

}  // namespace ccocker::runtime::child
