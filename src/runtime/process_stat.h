#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ccocker::runtime {

struct ProcessInfo {
  pid_t pid = 0, parent = 0;
  uid_t uid = 0;               // effective
  unsigned terminal = 0;       // device number; 0 is none
  uint64_t cpu_ticks = 0;      // user and system
  uint64_t started_ticks = 0;  // since boot
  uint64_t threads = 0;
  uint64_t resident_bytes = 0;
  std::string name;     // at most 15 bytes
  std::string command;  // arguments with spaces between; empty for a kernel thread or a zombie
};

// What /proc/PID/stat holds (proc(5)): all but `uid` and `command`. nullopt for anything else.
std::optional<ProcessInfo> parse_process_stat(std::string_view text);

}  // namespace ccocker::runtime
