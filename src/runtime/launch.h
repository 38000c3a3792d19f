#pragma once
#include <sys/types.h>

#include <array>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/plan.h"

namespace ccocker::runtime {

// A child between clone3 and the end of its exec, and what it said on the way.
struct Launch {
  pid_t pid = 0;
  Fd pidfd;
  Fd socket;    // ours; the child's closes on exec
  Fd terminal;  // the pty's master, when the plan asked for one
  bool reaped = false;
  std::array<uint64_t, static_cast<size_t>(Moment::count_)> moments_ns{};
};

// Clones the child of `plan` with `namespaces` (CLONE_NEW*) into the v2 group (none when the view is invalid). The
// child sets itself up and waits for `let_go`.
Launch launch(Plan& plan, uint64_t namespaces, FdView v2_group);

// Tells the child that the parent has done its part.
void let_go(const Launch& launch);

// Waits until the program runs. A child that failed is reaped; what it reports is thrown as a sentence:
// Errc::command_not_found or Errc::cannot_execute for the program, other kinds for the set-up.
Task<void> wait_for_exec(Launch& launch, const Plan& plan);

// For a parent whose own part failed before `let_go`: the child leaves, and if it had failed before, which may be why,
// its failure is thrown.
Task<void> give_up(Launch& launch, const Plan& plan);

// Kills the child if it still runs and reaps it; nothing to do when that was done.
Task<void> end_child(Launch& launch);

}  // namespace ccocker::runtime
