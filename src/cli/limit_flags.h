#pragma once
// Resource limits: --cpus, --cpuset-cpus, --ulimit, --pids-limit, memory and swap in Docker's and gocker's units.
#include <cstdint>
#include <string_view>

#include "cli/options.h"
#include "runtime/spec.h"

namespace ccocker::cli {

// A decimal integer between `least` and `most`; Errc::invalid names the flag and the range.
int64_t parse_integer(std::string_view flag, std::string_view text, int64_t least, int64_t most);
// "0.5" of a CPU in microseconds of each 100 ms period. At least 0.01, at most `cpus` of the machine.
int64_t parse_cpus_quota_us(std::string_view text, unsigned cpus);
// A list such as "0-3,5", as cpuset(7) takes it; gives it back. Errc::invalid otherwise.
std::string parse_cpu_list(std::string_view flag, std::string_view text);
// "nofile=1024[:2048]"; -1 or "unlimited" is no limit.
runtime::Rlimit parse_ulimit(std::string_view text);

constexpr int64_t cpu_period_default_us = 100'000;

// All resource flags, over the limits of `before` where a container has some: only what changes is set. Without
// --memory-swap a first memory limit allows as much swap again, and a later one leaves the sum as it is (as Docker does).
runtime::Resources parse_resources(const Flags& flags, unsigned cpus, const runtime::Resources& before = {});

}  // namespace ccocker::cli
