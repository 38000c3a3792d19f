#pragma once
#include <cstdint>
#include <vector>

#include "loop/fd.h"

namespace ccocker::runtime {

constexpr uint32_t device_mknod = 1, device_read = 2, device_write = 4;  // BPF_DEVCG_ACC_*
constexpr uint32_t any_number = ~0u;

struct DeviceRule {
  bool block;
  uint32_t major_number, minor_number;  // any_number fits all
  uint32_t access;                      // device_* bits that are allowed
};

// What every container may use: mknod of anything (making a node is not opening it, and archives hold them), and the
// harmless devices of Docker's list.
const std::vector<DeviceRule>& default_device_rules();

// Lets the processes in the v2 group use only what the default rules and `extra` allow, by a BPF program that ends
// with the group (works beside v1 controllers too). Errc::unsupported where the kernel has no CONFIG_CGROUP_BPF or
// does not let us use it.
void attach_device_filter(FdView v2_group, const std::vector<DeviceRule>& extra);

// The same through the v1 devices controller, for hosts without the v2 hierarchy.
void write_v1_device_rules(FdView v1_group, const std::vector<DeviceRule>& extra);

}  // namespace ccocker::runtime
