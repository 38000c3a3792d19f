#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ccocker::runtime {

// What a line of /proc/PID/mountinfo says of a mount (proc(5)).
struct MountLine {
  std::string mount_point;  // spaces and their like as the kernel writes them, "\040"
  bool shared = false;      // has peers that mounts and unmounts are passed on to
  bool slave = false;       // gets those of a master
};

// The mount with this ID (statx(2), stx_mnt_id); nullopt when no line is its.
std::optional<MountLine> find_mount(std::string_view mountinfo, uint64_t id);

}  // namespace ccocker::runtime
