#pragma once
#include <sys/types.h>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/cgroup/device_filter.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// A device node to make in the container.
struct DeviceNode {
  std::string path;  // absolute, inside
  mode_t mode;       // with its type
  dev_t device;
  uint32_t uid, gid;
};

struct DevicePlan {
  std::vector<DeviceNode> nodes;
  std::vector<DeviceRule> rules;  // what the container may open of them
};

// The nodes and rules of --device; a directory means all devices in it. Errc::not_found for a source that is not
// there, Errc::invalid for one that is no device or for bad permissions.
DevicePlan plan_devices(const std::vector<Device>& devices);

// Every device node of the host's /dev, for privileged containers.
std::vector<DeviceNode> host_devices();

}  // namespace ccocker::runtime
