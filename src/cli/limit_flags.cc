#include "cli/limit_flags.h"

#include <sys/resource.h>

#include <charconv>
#include <limits>
#include <optional>

#include "cli/bad_value.h"
#include "cli/size.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr uint64_t mebibyte = 1u << 20;
constexpr int64_t memory_bytes_min = 512 * 1024;  // below this no process can even be started
constexpr int64_t cpu_quota_us_min = 1000;        // the kernel's own minimum (sched-bwc)

struct UlimitName {
  std::string_view name;
  int resource;
};
constexpr UlimitName ulimit_names[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

const UlimitName* find_ulimit(std::string_view name) {
  for (const UlimitName& row : ulimit_names) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint64_t> rlimit_value(std::string_view text) {
  if (text == "-1" || text == "unlimited") return RLIM_INFINITY;
  return number<uint64_t>(text);
}

int64_t memory_size(std::string_view flag, const std::string& text, uint64_t bare_unit_bytes) {
  int64_t bytes = static_cast<int64_t>(parse_size(flag, text, bare_unit_bytes));
  if (bytes == 0 || bytes >= memory_bytes_min) return bytes;
  // Docker's -m counts bytes: who types -m 64 means megabytes.
  const char* hint = is_number(text) ? "m behind the number for megabytes" : "a larger number";
  bad_value(flag, text, fmt::format("at least 512k; write {}", hint));
}

std::optional<int64_t> memory_limit(const Flags& flags) {
  int64_t bytes = flags.has("memory") ? memory_size("memory", flags.text("memory"), 1) : 0;
  if (flags.has("mem") && flags.text("mem") != "-1") bytes = memory_size("mem", flags.text("mem"), mebibyte);
  return bytes == 0 ? std::nullopt : std::optional(bytes);
}

// Without a word on swap: at the first limit as much again, then what was said stays.
std::optional<int64_t> unsaid_swap_limit(int64_t memory, const runtime::Resources& before) {
  int64_t total = before.memory_swap_bytes.value_or(0);
  if (total == 0) return memory > std::numeric_limits<int64_t>::max() / 2 ? memory : memory * 2;
  if (total > 0 && memory > total)
    throw Error(Errc::invalid,
                "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same "
                "time (--memory-swap)");
  return std::nullopt;
}

// gocker's --swap counts what comes on top of the memory, Docker's --memory-swap both together. `memory` is what the
// flags say of it.
std::optional<int64_t> swap_limit(const Flags& flags, std::optional<int64_t> memory, const runtime::Resources& before) {
  std::string total = flags.text("memory-swap", "0");
  std::string extra = flags.text("swap", "-1");
  bool says_extra = extra != "-1", says_total = total != "0";
  int64_t limit = memory.value_or(before.memory_bytes.value_or(0));
  if ((says_extra || says_total) && limit == 0) {
    throw Error(Errc::invalid,
                fmt::format("--{} limits swap beside memory: give --memory too", says_total ? "memory-swap" : "swap"));
  }
  if (says_extra) return limit + static_cast<int64_t>(parse_size("swap", extra, mebibyte));
  if (total == "-1") return -1;
  if (!says_total) return memory ? unsaid_swap_limit(*memory, before) : std::nullopt;
  int64_t bytes = static_cast<int64_t>(parse_size("memory-swap", total));
  if (bytes < limit)
    bad_value("memory-swap", total,
              fmt::format("memory and swap together, so at least the {} bytes of its memory; -1 is no limit", limit));
  return bytes;
}

void cpu_flags(const Flags& flags, unsigned cpus, runtime::Resources& out) {
  bool quota = flags.has("cpu-quota") || flags.has("cpu-period");
  if (flags.has("cpus") && quota) throw Error(Errc::invalid, "--cpus and --cpu-quota say the same: give one of them");
  if (flags.has("cpus") && flags.text("cpus") != "0") {  // 0 is Docker's default, no limit
    out.cpu_period_us = cpu_period_default_us;
    out.cpu_quota_us = parse_cpus_quota_us(flags.text("cpus"), cpus);
  }
  if (flags.has("cpu-period"))
    out.cpu_period_us = parse_integer("cpu-period", flags.text("cpu-period"), 1000, 1'000'000);
  if (flags.has("cpu-quota")) {
    out.cpu_quota_us = parse_integer("cpu-quota", flags.text("cpu-quota"), -1, std::numeric_limits<int64_t>::max());
    if (!out.cpu_period_us) out.cpu_period_us = cpu_period_default_us;
  }
  if (flags.has("cpu-shares")) {
    int64_t shares = parse_integer("cpu-shares", flags.text("cpu-shares"), 0, 262'144);
    if (shares > 0) out.cpu_shares = static_cast<uint64_t>(std::max<int64_t>(shares, 2));
  }
  if (flags.has("cpuset-cpus")) out.cpuset_cpus = parse_cpu_list("cpuset-cpus", flags.text("cpuset-cpus"));
  if (flags.has("cpuset-mems")) out.cpuset_mems = parse_cpu_list("cpuset-mems", flags.text("cpuset-mems"));
}

}  // namespace

int64_t parse_integer(std::string_view flag, std::string_view text, int64_t least, int64_t most) {
  std::optional<int64_t> value = number<int64_t>(text);
  if (value && *value >= least && *value <= most) return *value;
  bool bounded = most != std::numeric_limits<int64_t>::max();
  bad_value(flag, text,
            bounded ? fmt::format("a whole number from {} to {}", least, most)
                    : fmt::format("a whole number, at least {}", least));
}

int64_t parse_cpus_quota_us(std::string_view text, unsigned cpus) {
  std::string expected = fmt::format("CPUs such as 0.5, from 0.01 to the {} of this machine", cpus);
  size_t dot = text.find('.');
  std::string fraction(dot == text.npos ? "" : text.substr(dot + 1));
  std::string whole(text.substr(0, dot));
  if (whole.empty() && !fraction.empty()) whole = "0";
  bool fits =
      is_number(whole) && whole.size() <= 9 && (dot == text.npos || is_number(fraction)) && fraction.size() <= 9;
  if (!fits) bad_value("cpus", text, expected);
  fraction.resize(5, '0');  // a quota has microseconds of a period of 100 ms: five places
  int64_t quota = *number<int64_t>(whole) * cpu_period_default_us + *number<int64_t>(fraction);
  if (quota < cpu_quota_us_min || quota > static_cast<int64_t>(cpus) * cpu_period_default_us) {
    bad_value("cpus", text, expected);
  }
  return quota;
}

std::string parse_cpu_list(std::string_view flag, std::string_view text) {
  constexpr unsigned number_max = 8191;  // CONFIG_NR_CPUS goes no further
  for (const std::string& range : split(text, ',')) {
    std::vector<std::string> ends = split(range, '-');
    std::optional<unsigned> first = number<unsigned>(ends.front()), last = number<unsigned>(ends.back());
    bool fits = ends.size() <= 2 && first && last && *first <= *last && *last <= number_max;
    if (!fits) bad_value(flag, text, "a list such as 0-3,5");
  }
  return std::string(text);
}

runtime::Rlimit parse_ulimit(std::string_view text) {
  constexpr const char* form = "NAME=SOFT[:HARD], such as nofile=1024:4096";
  size_t equals = text.find('=');
  const UlimitName* known = find_ulimit(text.substr(0, equals));
  if (!known) {
    std::vector<std::string_view> names;
    for (const UlimitName& row : ulimit_names) names.push_back(row.name);
    bad_value("ulimit", text, fmt::format("{}; names are {}", form, fmt::join(names, ", ")));
  }
  std::vector<std::string> values = split(equals == text.npos ? "" : text.substr(equals + 1), ':');
  std::optional<uint64_t> soft = rlimit_value(values.front()), hard = rlimit_value(values.back());
  if (values.size() > 2 || !soft || !hard) bad_value("ulimit", text, form);
  if (*soft > *hard) bad_value("ulimit", text, "a soft limit that is not above the hard one");
  return {known->resource, *soft, *hard};
}

runtime::Resources parse_resources(const Flags& flags, unsigned cpus, const runtime::Resources& before) {
  runtime::Resources out;
  out.memory_bytes = memory_limit(flags);
  out.memory_swap_bytes = swap_limit(flags, out.memory_bytes, before);
  if (flags.has("memory-reservation")) {
    out.memory_reservation_bytes = memory_size("memory-reservation", flags.text("memory-reservation"), 1);
    if (out.memory_bytes && *out.memory_reservation_bytes > *out.memory_bytes) {
      bad_value("memory-reservation", flags.text("memory-reservation"), "no more than --memory");
    }
  }
  cpu_flags(flags, cpus, out);
  if (flags.has("pids-limit")) {
    int64_t pids = parse_integer("pids-limit", flags.text("pids-limit"), -1, 4'194'304);  // the kernel's PID_MAX_LIMIT
    out.pids_max = pids == 0 ? -1 : pids;
  }
  return out;
}

}  // namespace ccocker::cli
