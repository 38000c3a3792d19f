#pragma once
#include "runtime/spec.h"

namespace ccocker::runtime {

int stop_signal_of(const Spec& spec);  // what asks it to stop; SIGTERM when it has none of its own

// Whether a signal that its user sends tells the container to end, so that no policy brings it back. Docker's rule:
// SIGKILL and its stop signal do, and any signal when it has no stop signal of its own. Not Docker's: a signal that
// ends no process by itself (a window that was resized, a job that is stopped or goes on) never does.
bool means_stop(const Spec& spec, int signal);
bool means_stop(const std::string& stop_signal, int signal);  // the spec's word for it

}  // namespace ccocker::runtime
