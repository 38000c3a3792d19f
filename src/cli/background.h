#pragma once
// Containers with a supervisor in the background, for `run -d`, `start` and `restart`.
#include <sys/types.h>

#include "cli/options.h"
#include "loop/fd.h"
#include "runtime/container.h"

namespace ccocker::cli {

// Forks a supervisor that starts the container, and gives back once that runs; throws what kept it from starting. Not
// to be called while a Loop lives.
void start_in_background(runtime::Containers& containers, const runtime::Container& container, pid_t bind_pid = 0);
// The same, giving a connection of `attach` that sees the first byte. One that `owns` the container ends it by going
// without leaving on purpose.
Fd start_and_join(runtime::Containers& containers, const runtime::Container& container, pid_t bind_pid, bool owns);

// --bind-pid; 0 when it was not given.
pid_t parse_bind_pid(const Flags& flags);

}  // namespace ccocker::cli
