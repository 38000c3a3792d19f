#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/container.h"
#include "runtime/log_line.h"

namespace ccocker::runtime {

struct LogQuery {
  std::optional<uint64_t> tail;  // only so many entries from the end
  std::optional<int64_t> since_unix_ns, until_unix_ns;
  bool follow = false;  // go on until the container has ended
};

// The files of one log from the oldest on, while its writer appends and rotates. A reader holds no lock and nobody
// waits for it; one that falls behind by all the files there are loses what was rotated away.
class LogFiles {
 public:
  LogFiles(std::string directory, std::string base);

  // Goes to where the last `count` entries begin.
  void seek_tail(uint64_t count);
  // The next bytes; none: that is all for now.
  size_t read(std::span<char> buffer);

 private:
  std::vector<Fd> open_all() const;  // oldest first, none twice
  bool go_on();                      // to a newer file; false when there is none

  std::string directory_, base_;
  std::vector<Fd> files_;
  size_t current_ = 0;
};

// Gives the entries of a container's json-file log in order. Errc::unsupported with the reason for one whose log is
// kept elsewhere or nowhere.
Task<void> read_log(std::string root, std::string state, std::string id, LogQuery query,
                    std::function<void(const LogLine&)> entry, std::function<void()> caught_up = {});

}  // namespace ccocker::runtime
