#include "runtime/post_mortem.h"

#include <fmt/format.h>
#include <string.h>

namespace ccocker::runtime {
namespace {

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string oom_sentence(const OomReport& oom, const char* killed) {
  std::string text = fmt::format("out of memory: the kernel killed {}", killed);
  if (oom.limit_bytes) text += fmt::format(" at its limit of {}", human_bytes(*oom.limit_bytes));
  if (oom.peak_bytes) text += fmt::format(" (peak {})", human_bytes(*oom.peak_bytes));
  return text + "; a higher --memory would let it live";
}

}  // namespace

std::string human_bytes(uint64_t bytes) {
  static constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  bool whole = value == static_cast<double>(static_cast<uint64_t>(value));
  return whole ? fmt::format("{:.0f} {}", value, units[unit]) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string post_mortem(const io::ExitStatus& ended, const OomReport& oom, const char* whom) {
  bool failed = ended.signaled || ended.value != 0;
  if (oom.killed && failed) return oom_sentence(oom, ended.signaled ? whom : "a process of the container");
  if (!ended.signaled) return {};
  return fmt::format("killed by {} ({}){}", signal_name(ended.value), ::sigdescr_np(ended.value),
                     ended.core_dumped ? ", core dumped" : "");
}

}  // namespace ccocker::runtime
