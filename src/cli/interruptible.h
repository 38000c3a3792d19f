#pragma once
// Work on the loop that SIGINT, SIGTERM and SIGHUP end cleanly.
#include <csignal>
#include <utility>
#include <vector>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"

namespace ccocker::cli {

// A signal ended the work: the exit code is 128 + signal.
class Interrupted : public Error {
 public:
  explicit Interrupted(int number) : Error(Errc::cancelled, "interrupted"), signal(number) {}
  int signal;
};

Task<void> throw_on_signal(io::SignalSource& signals, int& caught);

// Runs `task` beside `background` to its end; a signal cancels both and, when they have ended, throws Interrupted.
template <typename T>
T run_interruptible(Loop& loop, Task<T> task, std::vector<Task<void>> background = {}) {
  io::SignalSource signals({SIGINT, SIGTERM, SIGHUP});
  int caught = 0;
  background.push_back(throw_on_signal(signals, caught));
  try {
    return loop.run(until(std::move(task), std::move(background)));
  } catch (const Error&) {
    if (caught) throw Interrupted(caught);
    throw;
  }
}

// The same for a task without a value.
inline void run_interruptible(Loop& loop, Task<void> task) {
  run_interruptible(loop, detail::then_true(std::move(task)));
}

}  // namespace ccocker::cli
