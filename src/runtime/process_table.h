#pragma once
// Processes as /proc tells of them (proc(5)).
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/record.h"

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

// nullopt when it is gone.
std::optional<ProcessInfo> process_info(pid_t pid);
std::optional<ProcessInfo> parse_process_stat(std::string_view text);  // /proc/PID/stat

// The processes of a running container, lowest pid first. Errc::conflict when it does not run.
std::vector<pid_t> container_processes(const ContainerRecord& record);

uint64_t clock_ticks_per_second();

}  // namespace ccocker::runtime
