#include "runtime/devices.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/mount_sources.h"

namespace ccocker::runtime {
namespace {

bool is_device(mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

DeviceNode node_of(std::string path, const struct stat& status) {
  return {std::move(path), status.st_mode, status.st_rdev, status.st_uid, status.st_gid};
}

// All devices below a directory; `destination` is where the directory is inside.
void collect(FdView dir, const std::string& destination, std::vector<DeviceNode>& nodes) {
  for (const std::string& name : sys::list_dir(dir)) {
    std::optional<struct stat> status = sys::stat_if_exists(dir, name, AT_SYMLINK_NOFOLLOW);
    if (!status) continue;
    if (is_device(status->st_mode)) nodes.push_back(node_of(destination + "/" + name, *status));
    if (S_ISDIR(status->st_mode)) collect(sys::open_dir(dir, name), destination + "/" + name, nodes);
  }
}

uint32_t access_bits(const Device& device) {
  uint32_t bits = 0;
  for (char c : device.permissions) {
    if (c == 'r') bits |= device_read;
    if (c == 'w') bits |= device_write;
    if (c == 'm') bits |= device_mknod;
  }
  bool known = device.permissions.find_first_not_of("rwm") == std::string::npos;
  if (!known || !bits)
    throw Error(Errc::invalid, fmt::format("bad permissions \"{}\" for device {}: letters of \"rwm\" are meant",
                                           device.permissions, device.source));
  return bits;
}

std::vector<DeviceNode> nodes_of(const Device& device) {
  std::string destination = clean_path(device.destination.empty() ? device.source : device.destination);
  std::optional<struct stat> status = sys::stat_if_exists(sys::cwd(), device.source);
  if (!status) throw Error(Errc::not_found, fmt::format("there is no device {} on the host", device.source));
  if (is_device(status->st_mode)) return {node_of(destination, *status)};
  std::vector<DeviceNode> nodes;
  if (S_ISDIR(status->st_mode)) collect(sys::open_dir(sys::cwd(), device.source), destination, nodes);
  if (nodes.empty()) throw Error(Errc::invalid, fmt::format("{} is not a device node", device.source));
  return nodes;
}

}  // namespace

DevicePlan plan_devices(const std::vector<Device>& devices) {
  DevicePlan plan;
  for (const Device& device : devices) {
    uint32_t bits = access_bits(device);
    for (DeviceNode& node : nodes_of(device)) {
      plan.rules.push_back({S_ISBLK(node.mode), major(node.device), minor(node.device), bits});
      plan.nodes.push_back(std::move(node));
    }
  }
  return plan;
}

std::vector<DeviceNode> host_devices() {
  // Instances of their own inside, or not the host's to give.
  static constexpr std::string_view left_out[] = {"pts", "shm", "mqueue", "fd", "console", "ptmx", "hugepages"};
  std::vector<DeviceNode> nodes;
  Fd dev = sys::open_dir(sys::cwd(), "/dev");
  for (const std::string& name : sys::list_dir(dev)) {
    if (std::ranges::find(left_out, name) != std::end(left_out)) continue;
    std::optional<struct stat> status = sys::stat_if_exists(dev, name, AT_SYMLINK_NOFOLLOW);
    if (status && is_device(status->st_mode)) nodes.push_back(node_of("/dev/" + name, *status));
    if (status && S_ISDIR(status->st_mode)) collect(sys::open_dir(dev, name), "/dev/" + name, nodes);
  }
  return nodes;
}

}  // namespace ccocker::runtime
