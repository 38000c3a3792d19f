#include "runtime/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <numeric>

#include "loop/error.h"

namespace ccocker::runtime {
namespace {

// In the order of linux/capability.h: the index is the number.
constexpr const char* names[] = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
};
constexpr int names_count = static_cast<int>(std::size(names));
static_assert(names_count == CAP_CHECKPOINT_RESTORE + 1);
constexpr int numbers_max = 64;  // the mask's width; the kernel's own masks are as wide

constexpr int docker_defaults[] = {
    CAP_AUDIT_WRITE,      CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,  CAP_KILL,   CAP_MKNOD,
    CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SETFCAP,      CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_CHROOT,
};

constexpr uint64_t bit(int number) { return uint64_t{1} << number; }

std::string upper_without_prefix(std::string_view name) {
  std::string upper;
  for (char c : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (upper.starts_with("CAP_")) upper.erase(0, 4);
  return upper;
}

// Edit distance, for names of a few dozen letters.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

[[noreturn]] void unknown(std::string_view name, const std::string& upper) {
  constexpr size_t name_bytes_max = 64;  // longer words have no neighbour here
  const char* nearest = nullptr;
  size_t least = 4;  // farther is no typing error
  for (const char* candidate : names) {
    if (upper.size() > name_bytes_max) break;
    size_t steps = distance(upper, candidate);
    if (steps < least) nearest = candidate, least = steps;
  }
  std::string text = "unknown capability \"" + std::string(name.substr(0, name_bytes_max)) + "\"";
  if (nearest) text += "; did you mean " + std::string(nearest) + "?";
  throw Error(Errc::invalid, text);
}

int number_of(std::string_view name) {
  std::string upper = upper_without_prefix(name);
  for (int number = 0; number < names_count; ++number)
    if (upper == names[number]) return number;
  unknown(name, upper);
}

bool is_all(std::string_view name) { return upper_without_prefix(name) == "ALL"; }

uint64_t mask_of(const std::vector<std::string>& list) {
  uint64_t mask = 0;
  for (const std::string& name : list)
    if (!is_all(name)) mask |= bit(number_of(name));
  return mask;
}

uint64_t mask_of_added(const std::vector<std::string>& add) {
  uint64_t mask = mask_of(add), missing = mask & ~all_capabilities();
  for (int number = 0; number < numbers_max; ++number)
    if (missing & bit(number))
      throw Error(Errc::denied, capability_name(number) +
                                    " cannot be added: this kernel or the bounding set ccocker runs with lacks it");
  return mask;
}

}  // namespace

uint64_t all_capabilities() {
  static const uint64_t known = [] {
    uint64_t mask = 0;
    // PR_CAPBSET_READ fails with EINVAL behind the last capability the kernel knows (capabilities(7), cap_last_cap).
    for (int number = 0; number < numbers_max; ++number) {
      int result = ::prctl(PR_CAPBSET_READ, number, 0, 0, 0);
      if (result < 0) break;
      if (result == 1) mask |= bit(number);
    }
    return mask;
  }();
  return known;
}

uint64_t docker_default_capabilities() {
  uint64_t mask = 0;
  for (int number : docker_defaults) mask |= bit(number);
  return mask & all_capabilities();
}

uint64_t parse_capability(std::string_view name) { return is_all(name) ? all_capabilities() : bit(number_of(name)); }

std::string capability_name(int number) {
  if (number >= 0 && number < names_count) return std::string("CAP_") + names[number];
  return "CAP_" + std::to_string(number);
}

uint64_t apply_capabilities(uint64_t basis, const std::vector<std::string>& add, const std::vector<std::string>& drop) {
  uint64_t added = mask_of_added(add), dropped = mask_of(drop);
  if (std::any_of(add.begin(), add.end(), is_all)) return all_capabilities() & ~dropped;
  if (std::any_of(drop.begin(), drop.end(), is_all)) return added;
  return (basis & ~dropped) | added;
}

}  // namespace ccocker::runtime
