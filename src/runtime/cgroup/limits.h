#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/spec.h"

namespace ccocker::runtime {

// One value of one control file, to be written in order.
struct CgroupSetting {
  std::string controller;  // "memory"
  std::string file, value;
  // Skipped where the kernel has no such file (swap accounting can be off), since nobody asked for it by name.
  bool optional = false;
};

// What a machine can give, for checking limits against it.
struct HostCapacity {
  std::string cpus, mems;  // as the kernel lists them: "0-3,7"
};
HostCapacity host_capacity();

// Refuses what cannot hold, as Docker does: Errc::invalid with a sentence.
void check_limits(const Resources& resources, const HostCapacity& host);

// The controllers these limits need, and the settings, in v2's files and v1's.
std::vector<std::string> controllers_needed(const Resources& resources);
std::vector<CgroupSetting> settings_v2(const Resources& resources);
std::vector<CgroupSetting> settings_v1(const Resources& resources);

// "0-2,5" as numbers, ascending. Errc::invalid for what is not such a list or has a number of 8192 or more.
std::vector<unsigned> parse_cpu_list(const std::string& text);

}  // namespace ccocker::runtime
