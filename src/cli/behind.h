#pragma once
#include <optional>

#include "loop/fd.h"

namespace ccocker::cli {

// A command at a terminal that may be left while it goes on. The caller's process stays in front: it waits, and hands on
// its signals; the work is done by a child behind it, which goes on alone once it has called `leave`. The death of the one
// in front ends the other, too, until then.
class Behind {
 public:
  // Forks. In the process in front it returns when the work has ended or was left, with the exit code; in the one behind it
  // is nullopt at once. To be called without a Loop.
  std::optional<int> split();
  // Behind: away from the terminal, to a session of its own with /dev/null as its standard streams.
  void leave();

 private:
  Fd report_;
};

}  // namespace ccocker::cli
