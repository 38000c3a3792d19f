#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace ccocker::cli {

// Columns as wide as Docker makes them in its table of processes.
std::string aligned_processes(const std::vector<std::vector<std::string>>& lines);

// Of what ps(1) prints, the heading and the lines of `pids`, aligned and fit for a terminal. Errc::failed when there is
// no column PID.
std::string lines_of_processes(std::string_view ps_output, const std::vector<pid_t>& pids);

}  // namespace ccocker::cli
