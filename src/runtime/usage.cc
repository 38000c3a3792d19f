#include "runtime/usage.h"

#include <fmt/format.h>
#include <time.h>

#include "loop/sys.h"
#include "runtime/cgroup/group_dir.h"
#include "runtime/cgroup/layout.h"
#include "runtime/process_table.h"
#include "runtime/usage_files.h"

namespace ccocker::runtime {
namespace {

constexpr int64_t second_ns = 1'000'000'000;

int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * second_ns + now.tv_nsec;
}

// Kernel files vanish with their process or group at any moment: then there is nothing to read.
std::string read_or_empty(FdView dir, const std::string& path) {
  try {
    return sys::read_file_if_exists(dir, path).value_or("");
  } catch (const Error&) {
    return "";
  }
}

// The groups of one container, as far as there are any.
class Groups {
 public:
  Groups(const std::string& parent, const std::string& id) : parent_(parent), id_(id) {
    if (!host_.v2().empty()) v2_ = open_group(host_.v2(), parent, id);
  }

  FdView v2() const { return v2_ ? FdView(*v2_) : FdView(); }
  std::optional<Fd> v1(const std::string& controller) const {
    std::string hierarchy = host_.v1(controller);
    return hierarchy.empty() ? std::nullopt : open_group(hierarchy, parent_, id_);
  }

 private:
  const CgroupLayout& host_ = CgroupLayout::host();
  std::string parent_, id_;
  std::optional<Fd> v2_;
};

uint64_t host_memory_bytes() {
  static const uint64_t bytes = value_behind(read_or_empty(sys::cwd(), "/proc/meminfo"), "MemTotal:") * 1024;
  return bytes;
}

uint64_t limit_or_host(std::optional<uint64_t> limit) {
  return std::min(limit.value_or(host_memory_bytes()), host_memory_bytes());
}

uint64_t less(uint64_t from, uint64_t what) { return from > what ? from - what : 0; }

// The kernel's proportional share, so that pages of several processes count once.
uint64_t resident_bytes(pid_t pid) {
  std::string rollup = read_or_empty(sys::cwd(), fmt::format("/proc/{}/smaps_rollup", pid));
  return value_behind(rollup, "Pss:") * 1024;
}

// ---- from v2, where it counts; from v1's group of the controller; from the processes -----------------------------

bool cpu_from_groups(const Groups& groups, Usage& out) {
  if (FdView v2 = groups.v2()) {
    out.cpu_ns = value_behind(read_or_empty(v2, "cpu.stat"), "usage_usec") * 1000;  // also without the controller
    return true;
  }
  std::optional<Fd> cpu = groups.v1("cpu");  // usually one hierarchy with cpuacct
  std::string text = cpu ? read_or_empty(*cpu, "cpuacct.usage") : "";
  out.cpu_ns = first_number(text);
  return !text.empty();
}

bool memory_from_groups(const Groups& groups, Usage& out) {
  if (std::optional<Fd> v1 = groups.v1("memory")) {
    uint64_t cache = value_behind(read_or_empty(*v1, "memory.stat"), "total_inactive_file");
    out.memory_bytes = less(single_number(*v1, "memory.usage_in_bytes").value_or(0), cache);
    out.memory_limit_bytes = limit_or_host(single_number(*v1, "memory.limit_in_bytes"));
    return true;
  }
  std::optional<uint64_t> now = groups.v2() ? single_number(groups.v2(), "memory.current") : std::nullopt;
  if (!now) return false;
  out.memory_bytes = less(*now, value_behind(read_or_empty(groups.v2(), "memory.stat"), "inactive_file"));
  out.memory_limit_bytes = limit_or_host(single_number(groups.v2(), "memory.max"));
  return true;
}

bool io_from_groups(const Groups& groups, Usage& out) {
  std::string text = groups.v2() ? read_or_empty(groups.v2(), "io.stat") : "";
  std::array<uint64_t, 2> bytes = parse_io_stat(text);
  if (text.empty()) {
    std::optional<Fd> v1 = groups.v1("blkio");
    if (v1) text = read_or_empty(*v1, "blkio.throttle.io_service_bytes_recursive");
    bytes = parse_blkio(text);
  }
  out.block_read_bytes = bytes[0];
  out.block_written_bytes = bytes[1];
  return !text.empty();
}

std::optional<Pressure> pressure_of(const Groups& groups) {
  if (!groups.v2()) return std::nullopt;
  std::string cpu = read_or_empty(groups.v2(), "cpu.pressure"), memory = read_or_empty(groups.v2(), "memory.pressure");
  if (cpu.empty() && memory.empty()) return std::nullopt;
  return Pressure{parse_some_avg10(cpu), parse_some_avg10(memory),
                  parse_some_avg10(read_or_empty(groups.v2(), "io.pressure"))};
}

struct Missing {
  bool cpu, memory, io;
};

void add_process(pid_t pid, const Missing& missing, Usage& out) {
  std::optional<ProcessInfo> info = process_info(pid);
  if (!info) return;
  out.tasks += info->threads;
  if (missing.cpu) out.cpu_ns += info->cpu_ticks * (uint64_t{second_ns} / clock_ticks_per_second());
  if (missing.memory) out.memory_bytes += resident_bytes(pid);
  if (!missing.io) return;
  std::string io = read_or_empty(sys::cwd(), fmt::format("/proc/{}/io", pid));
  out.block_read_bytes += value_behind(io, "read_bytes:");
  out.block_written_bytes += value_behind(io, "write_bytes:");
}

void read_traffic(const ContainerRecord& record, Usage& out) {
  if (record.spec.network == NetworkMode::host) return;  // the host's, as in Docker
  Traffic traffic = parse_net_dev(read_or_empty(sys::cwd(), fmt::format("/proc/{}/net/dev", record.container.pid)));
  out.net_received_bytes = traffic.received_bytes;
  out.net_sent_bytes = traffic.sent_bytes;
}

}  // namespace

std::optional<Usage> read_usage(const ContainerRecord& record) {
  std::vector<pid_t> pids;
  try {
    pids = container_processes(record);
  } catch (const Error& error) {
    if (error.code() != Errc::conflict && error.code() != Errc::system) throw;
    return std::nullopt;
  }
  Groups groups(record.spec.cgroup_parent, record.container.id);
  Usage usage;
  usage.memory_limit_bytes = host_memory_bytes();
  Missing missing{!cpu_from_groups(groups, usage), !memory_from_groups(groups, usage), !io_from_groups(groups, usage)};
  for (pid_t pid : pids) add_process(pid, missing, usage);
  read_traffic(record, usage);
  usage.pressure = pressure_of(groups);
  usage.taken_ns = monotonic_ns();
  return usage;
}

double cpu_percent(const Usage& before, const Usage& now) {
  int64_t span = now.taken_ns - before.taken_ns;
  if (span <= 0 || now.cpu_ns < before.cpu_ns) return 0;
  return static_cast<double>(now.cpu_ns - before.cpu_ns) * 100 / static_cast<double>(span);
}

}  // namespace ccocker::runtime
