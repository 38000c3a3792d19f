#pragma once
#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::runtime {

// Networks of all roots of this host are made and removed one at a time, so that two of them do not choose one range.
// Whoever holds the descriptor has its turn. Errc::timed_out.
Task<Fd> hold_host_networks();

}  // namespace ccocker::runtime
