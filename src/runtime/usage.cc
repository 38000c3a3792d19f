#include "runtime/usage.h"

#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <cstdlib>

#include "loop/sys.h"
#include "runtime/cgroup/group_dir.h"
#include "runtime/cgroup/layout.h"
#include "runtime/process_table.h"

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

std::string_view take_line(std::string_view& text) {
  size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  size_t end = std::min(line.find_first_of(" \t"), line.size());
  std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

uint64_t value_behind(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (take_word(line) == key) return number(take_word(line));
  }
  return 0;
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
  out.cpu_ns = number(text);
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

Traffic parse_net_dev(std::string_view text) {
  Traffic traffic;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    size_t colon = line.find(':');
    if (colon == line.npos) continue;  // the two lines of headings
    std::string_view name = line.substr(0, colon);
    if (take_word(name) == "lo") continue;
    line.remove_prefix(colon + 1);
    std::array<uint64_t, 9> numbers{};
    for (uint64_t& it : numbers) it = number(take_word(line));
    traffic.received_bytes += numbers[0];
    traffic.sent_bytes += numbers[8];
  }
  return traffic;
}

double parse_some_avg10(std::string_view text) {
  constexpr std::string_view key = "some avg10=";
  size_t at = text.find(key);
  if (at == text.npos) return 0;
  double value = 0;
  std::string_view digits = text.substr(at + key.size());
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return error == std::errc() && value >= 0 && value <= 100 ? value : 0;
}

std::array<uint64_t, 2> parse_io_stat(std::string_view text) {
  std::array<uint64_t, 2> bytes{};
  while (!text.empty()) {
    std::string_view line = take_line(text);
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      if (word.starts_with("rbytes=")) bytes[0] += number(word.substr(7));
      if (word.starts_with("wbytes=")) bytes[1] += number(word.substr(7));
    }
  }
  return bytes;
}

std::array<uint64_t, 2> parse_blkio(std::string_view text) {
  std::array<uint64_t, 2> bytes{};
  while (!text.empty()) {
    std::string_view line = take_line(text);
    take_word(line);  // the device
    std::string_view operation = take_word(line);
    if (operation == "Read") bytes[0] += number(take_word(line));
    if (operation == "Write") bytes[1] += number(take_word(line));
  }
  return bytes;
}

}  // namespace ccocker::runtime
