#include "runtime/stop_signal.h"

#include <signal.h>

#include <algorithm>

#include "runtime/signal_number.h"

namespace ccocker::runtime {
namespace {

// signal(7): ignored, or stopping and continuing, unless the program says otherwise.
constexpr int harmless[] = {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};

}  // namespace

int stop_signal_of(const Spec& spec) { return signal_number(spec.stop_signal).value_or(SIGTERM); }

bool means_stop(const Spec& spec, int signal) { return means_stop(spec.stop_signal, signal); }

bool means_stop(const std::string& stop_signal, int signal) {
  if (signal == SIGKILL) return true;
  if (!stop_signal.empty()) return signal == signal_number(stop_signal).value_or(SIGTERM);
  return std::ranges::find(harmless, signal) == std::end(harmless);
}

}  // namespace ccocker::runtime
