#pragma once
#include <string>
#include <vector>

#include "loop/fd.h"

namespace ccocker::runtime {

struct OverlayRequest {
  std::vector<std::string> lower_dirs;  // absolute, lowest first; may be empty
  std::string container_dir;            // absolute; "upper" and "work" are made in it
  // The upper directory is thrown away with the container: nothing in it is ever synced, not even by fsync(2) inside.
  bool disposable = false;
};

// The container's root filesystem as a detached overlay mount: it is on no mount table and ends with the descriptor.
// Fails with what the kernel said and, where known, the cure.
Fd mount_overlay(const OverlayRequest& request);

// The same files, read-only, with the container's upper directory as the topmost lower one: a running container's, too.
// Needs Linux 6.5.
Fd mount_overlay_view(const std::vector<std::string>& lower_dirs, const std::string& container_dir);

// The same for kernels before 6.5, whose overlayfs takes all layers in one string.
Fd mount_overlay_by_one_string(const OverlayRequest& request);

}  // namespace ccocker::runtime
