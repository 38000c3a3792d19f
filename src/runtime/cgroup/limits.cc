#include "runtime/cgroup/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr int64_t mebibyte = 1 << 20;
constexpr int64_t memory_bytes_min = 6 * mebibyte;  // Docker's: below it a container cannot even start
constexpr int64_t cpu_period_us_default = 100'000, cpu_period_us_min = 1'000, cpu_period_us_max = 1'000'000;
constexpr int64_t cpu_quota_us_min = 1'000;  // the kernel's min_cfs_quota_period
constexpr uint64_t cpu_shares_min = 2, cpu_shares_max = 262'144;
constexpr unsigned cpu_number_limit = 8192;  // CONFIG_NR_CPUS of the largest kernels

[[noreturn]] void refuse(std::string text) { throw Error(Errc::invalid, std::move(text)); }

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

unsigned cpu_number(std::string_view text, const std::string& whole) {
  unsigned number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number >= cpu_number_limit)
    refuse(fmt::format("\"{}\" is not a list of numbers like 0-2,5", whole));
  return number;
}

bool is_memory_limited(const Resources& it) { return it.memory_bytes && *it.memory_bytes > 0; }
bool is_reserved(const Resources& it) { return it.memory_reservation_bytes && *it.memory_reservation_bytes > 0; }
bool has_quota(const Resources& it) { return it.cpu_quota_us && *it.cpu_quota_us > 0; }
bool has_shares(const Resources& it) { return it.cpu_shares && *it.cpu_shares > 0; }
bool has_cpuset(const Resources& it) { return !it.cpuset_cpus.empty() || !it.cpuset_mems.empty(); }
bool is_pids_limited(const Resources& it) { return it.pids_max && *it.pids_max > 0; }
int64_t period_us(const Resources& it) {
  return it.cpu_period_us.value_or(0) ? *it.cpu_period_us : cpu_period_us_default;
}
uint64_t shares(const Resources& it) { return std::clamp(*it.cpu_shares, cpu_shares_min, cpu_shares_max); }

// Docker: unset is twice the memory, -1 is unlimited.
int64_t memory_and_swap(const Resources& it) {
  int64_t asked = it.memory_swap_bytes.value_or(0);
  if (asked != 0) return asked;
  return *it.memory_bytes > INT64_MAX / 2 ? -1 : 2 * *it.memory_bytes;
}

void check_memory(const Resources& it) {
  int64_t memory = it.memory_bytes.value_or(0), swap = it.memory_swap_bytes.value_or(0);
  int64_t reservation = it.memory_reservation_bytes.value_or(0);
  if (memory < 0) refuse("the memory limit is negative");
  if (memory > 0 && memory < memory_bytes_min)
    refuse(fmt::format("a memory limit of {} bytes is too small to start anything; the least is 6 MiB", memory));
  if (swap > 0 && memory == 0) refuse("a limit of memory and swap needs a memory limit as well (--memory)");
  if (swap > 0 && swap < memory)
    refuse(fmt::format("the limit of memory and swap together ({} bytes) is below the memory limit ({} bytes)", swap,
                       memory));
  if (swap < -1) refuse("the limit of memory and swap is negative; -1 means unlimited");
  if (reservation < 0) refuse("the memory reservation is negative");
  if (reservation > 0 && reservation < memory_bytes_min)
    refuse(fmt::format("a memory reservation of {} bytes is too small; the least is 6 MiB", reservation));
  if (memory > 0 && reservation > memory)
    refuse(fmt::format("the memory reservation ({} bytes) is above the memory limit ({} bytes)", reservation, memory));
}

void check_cpu(const Resources& it, const HostCapacity& host) {
  int64_t quota = it.cpu_quota_us.value_or(0), period = period_us(it);
  if (period < cpu_period_us_min || period > cpu_period_us_max)
    refuse(fmt::format("a CPU period of {} us is out of range; it is 1000 to 1000000 us", period));
  if (quota <= 0) return;
  if (quota < cpu_quota_us_min)
    refuse(fmt::format("{:.5g} CPUs are too few: the kernel's least is {} us in a period of {} us, {} CPUs",
                       static_cast<double>(quota) / static_cast<double>(period), cpu_quota_us_min, period,
                       static_cast<double>(cpu_quota_us_min) / static_cast<double>(period)));
  size_t available = parse_cpu_list(host.cpus).size();
  if (quota / period >= static_cast<int64_t>(available) && quota > static_cast<int64_t>(available) * period)
    refuse(fmt::format("{:.5g} CPUs were asked for, this machine has {}",
                       static_cast<double>(quota) / static_cast<double>(period), available));
}

void check_in(const std::string& wanted, const std::string& available, const char* what) {
  std::vector<unsigned> host = parse_cpu_list(available);
  for (unsigned number : parse_cpu_list(wanted))
    if (!std::binary_search(host.begin(), host.end(), number))
      refuse(fmt::format("{} {} is not available; this machine has {}", what, number, available));
}

std::string number_or_max(int64_t value) { return value < 0 ? "max" : std::to_string(value); }

}  // namespace

std::vector<unsigned> parse_cpu_list(const std::string& text) {
  std::vector<unsigned> numbers;
  for (size_t begin = 0; begin < text.size();) {
    size_t comma = std::min(text.find(',', begin), text.size());
    std::string_view part = std::string_view(text).substr(begin, comma - begin);
    size_t dash = part.find('-');
    unsigned first = cpu_number(part.substr(0, dash), text);
    unsigned last = dash == part.npos ? first : cpu_number(part.substr(dash + 1), text);
    if (last < first) refuse(fmt::format("\"{}\" has a range that ends before it begins", text));
    for (unsigned number = first; number <= last && numbers.size() <= cpu_number_limit; ++number)
      numbers.push_back(number);
    begin = comma + 1;
  }
  if (text.ends_with(',')) refuse(fmt::format("\"{}\" is not a list of numbers like 0-2,5", text));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

HostCapacity host_capacity() {
  HostCapacity host;
  host.cpus = trimmed(sys::read_file(sys::cwd(), "/sys/devices/system/cpu/online"));
  // Kernels without NUMA have no node directory: all memory is node 0.
  host.mems = trimmed(sys::read_file_if_exists(sys::cwd(), "/sys/devices/system/node/online").value_or("0"));
  return host;
}

void check_limits(const Resources& resources, const HostCapacity& host) {
  check_memory(resources);
  check_cpu(resources, host);
  if (!resources.cpuset_cpus.empty()) check_in(resources.cpuset_cpus, host.cpus, "CPU");
  if (!resources.cpuset_mems.empty()) check_in(resources.cpuset_mems, host.mems, "memory node");
}

std::vector<std::string> controllers_needed(const Resources& it) {
  std::vector<std::string> names;
  if (is_memory_limited(it) || is_reserved(it)) names.push_back("memory");
  if (has_quota(it) || has_shares(it)) names.push_back("cpu");
  if (has_cpuset(it)) names.push_back("cpuset");
  if (is_pids_limited(it)) names.push_back("pids");
  return names;
}

std::vector<CgroupSetting> settings_v2(const Resources& it) {
  std::vector<CgroupSetting> all;
  if (is_memory_limited(it)) {
    int64_t total = memory_and_swap(it);
    bool asked = it.memory_swap_bytes.value_or(0) > 0;
    all.push_back({"memory", "memory.max", std::to_string(*it.memory_bytes)});
    all.push_back({"memory", "memory.swap.max", number_or_max(total < 0 ? -1 : total - *it.memory_bytes), !asked});
  }
  if (is_reserved(it)) all.push_back({"memory", "memory.low", std::to_string(*it.memory_reservation_bytes)});
  if (has_shares(it)) {
    // systemd's and runc's conversion of v1's 2..262144 to v2's 1..10000.
    uint64_t weight = 1 + ((shares(it) - cpu_shares_min) * 9999) / (cpu_shares_max - cpu_shares_min);
    all.push_back({"cpu", "cpu.weight", std::to_string(weight)});
  }
  if (has_quota(it)) all.push_back({"cpu", "cpu.max", fmt::format("{} {}", *it.cpu_quota_us, period_us(it))});
  if (!it.cpuset_cpus.empty()) all.push_back({"cpuset", "cpuset.cpus", it.cpuset_cpus});
  if (!it.cpuset_mems.empty()) all.push_back({"cpuset", "cpuset.mems", it.cpuset_mems});
  if (is_pids_limited(it)) all.push_back({"pids", "pids.max", std::to_string(*it.pids_max)});
  return all;
}

std::vector<CgroupSetting> settings_v1(const Resources& it) {
  std::vector<CgroupSetting> all;
  if (is_memory_limited(it)) {
    bool asked = it.memory_swap_bytes.value_or(0) > 0;
    all.push_back({"memory", "memory.limit_in_bytes", std::to_string(*it.memory_bytes)});
    all.push_back({"memory", "memory.memsw.limit_in_bytes", std::to_string(memory_and_swap(it)), !asked});
  }
  if (is_reserved(it))
    all.push_back({"memory", "memory.soft_limit_in_bytes", std::to_string(*it.memory_reservation_bytes)});
  if (has_shares(it)) all.push_back({"cpu", "cpu.shares", std::to_string(shares(it))});
  if (has_quota(it)) {
    all.push_back({"cpu", "cpu.cfs_period_us", std::to_string(period_us(it))});
    all.push_back({"cpu", "cpu.cfs_quota_us", std::to_string(*it.cpu_quota_us)});
  }
  // v1 wants both before a task may join; an unset one is the parent's (Cgroup fills it in).
  if (!it.cpuset_cpus.empty()) all.push_back({"cpuset", "cpuset.cpus", it.cpuset_cpus});
  if (!it.cpuset_mems.empty()) all.push_back({"cpuset", "cpuset.mems", it.cpuset_mems});
  if (is_pids_limited(it)) all.push_back({"pids", "pids.max", std::to_string(*it.pids_max)});
  return all;
}

}  // namespace ccocker::runtime
