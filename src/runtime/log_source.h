#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "loop/task.h"
#include "runtime/log_line.h"

namespace ccocker::runtime {

struct LogQuery {
  std::optional<uint64_t> tail;  // only so many entries from the end
  std::optional<int64_t> since_unix_ns, until_unix_ns;
  bool follow = false;  // go on until the container has ended
};

using TakeLogLine = std::function<void(const LogLine&)>;

// Where one container's entries are read from. A reader holds no lock and nobody waits for it.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // Gives the entries there are and were not given yet, in order. False when one later than --until was met: nothing
  // more is wanted.
  virtual bool read_all() = 0;
  // To be called once before the first wait_for_more, and read_all after it: from then on nothing is missed.
  virtual void start_watching() = 0;
  // Returns when there may be more; now and then without a reason.
  virtual Task<void> wait_for_more() = 0;
  // What was written before this is there for read_all after it.
  virtual void settle() {}
};

// The json-file log BASE, BASE.1, ... in `directory`.
std::unique_ptr<LogSource> open_log_files(std::string directory, const std::string& base, const LogQuery& query,
                                          TakeLogLine take);
// What the systemd journal has of the container `id` (64 digits). Errc::unsupported without libsystemd.
std::unique_ptr<LogSource> open_journal_source(const std::string& id, const LogQuery& query, TakeLogLine take);

}  // namespace ccocker::runtime
