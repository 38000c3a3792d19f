#pragma once
// The table of `top`.
#include <sys/types.h>

#include <string>
#include <vector>

namespace ccocker::cli {

// UID PID PPID C STIME TTY TIME CMD, as `ps -ef` has them, of those that are still there.
std::string process_table(const std::vector<pid_t>& pids);

// What the host's ps(1) prints of these processes with `options`, as Docker asks it: with -q where ps takes it beside
// them. Errc::failed with ps's own words.
std::string process_table_by_ps(const std::vector<pid_t>& pids, const std::vector<std::string>& options);

std::string terminal_name(unsigned device);  // "pts/3", "?" for none
std::string cpu_time(uint64_t seconds);      // "00:01:05", "2-03:00:00"

}  // namespace ccocker::cli
