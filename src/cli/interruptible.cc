#include "cli/interruptible.h"

namespace ccocker::cli {

Task<void> throw_on_signal(io::SignalSource& signals, int& caught) {
  int signal = co_await signals.next();
  caught = signal;
  throw Error(Errc::cancelled, "interrupted");
}

}  // namespace ccocker::cli
