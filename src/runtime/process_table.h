#pragma once
// Processes as /proc tells of them (proc(5)).
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/process_stat.h"
#include "runtime/record.h"

namespace ccocker::runtime {

// nullopt when it is gone.
std::optional<ProcessInfo> process_info(pid_t pid);

// The processes of a running container, lowest pid first. Errc::conflict when it does not run.
std::vector<pid_t> container_processes(const ContainerRecord& record);

uint64_t clock_ticks_per_second();

}  // namespace ccocker::runtime
