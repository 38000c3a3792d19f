#pragma once
// The mounts of a container as `docker inspect` shows them: what the flags said, by flag, and what is mounted.
#include "cli/value.h"
#include "runtime/spec.h"

namespace ccocker::cli {

Value inspect_binds(const runtime::Spec& spec);           // HostConfig.Binds: -v with a path or a name
Value inspect_tmpfs(const runtime::Spec& spec);           // HostConfig.Tmpfs: --tmpfs
Value inspect_mount_requests(const runtime::Spec& spec);  // HostConfig.Mounts: --mount
Value inspect_mounts(const runtime::Spec& spec);          // Mounts: all of them

}  // namespace ccocker::cli
