#pragma once
// What a running container uses, at one moment: from its control groups, and from /proc for what they do not count
// here (on hybrid and v1 hosts a container has only the v1 groups that its limits need).
#include <cstdint>
#include <optional>

#include "runtime/record.h"

namespace ccocker::runtime {

struct Pressure {
  double cpu = 0, memory = 0, io = 0;  // percent of the last ten seconds in which some process waited for it
};

struct Usage {
  uint64_t cpu_ns = 0;              // since its start, of all processors
  uint64_t memory_bytes = 0;        // without the file cache that can be dropped at once, as Docker counts
  uint64_t memory_limit_bytes = 0;  // its own, or what the host has
  uint64_t net_received_bytes = 0, net_sent_bytes = 0;  // of all its interfaces but the loopback
  uint64_t block_read_bytes = 0, block_written_bytes = 0;
  uint64_t tasks = 0;                // threads
  std::optional<Pressure> pressure;  // where the kernel keeps it for the group (PSI)
  int64_t taken_ns = 0;              // on the monotonic clock
};

// nullopt when the container does not run (any more).
std::optional<Usage> read_usage(const ContainerRecord& record);

// Percent of one processor between two samples: 200 is two of them busy all the time.
double cpu_percent(const Usage& before, const Usage& now);

}  // namespace ccocker::runtime
