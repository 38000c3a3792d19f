#pragma once
#include <span>
#include <string>
#include <vector>

#include "loop/fd.h"

namespace ccocker::runtime {

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

}  // namespace ccocker::runtime
