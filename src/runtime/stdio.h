#pragma once
#include <cstdint>

#include "loop/fd.h"
#include "runtime/child_plan.h"
#include "runtime/container.h"

namespace ccocker::runtime {

// The pipes between us and the container's process; with a terminal there are none.
struct StdioPipes {
  Fd child[3];      // what the child makes its 0, 1, 2; closed here once it runs
  Fd in, out, err;  // our ends
};

// Pipes owned by the container's user, so that /dev/stderr can be opened by it. Without -i its input is /dev/null.
StdioPipes open_stdio(const Stdio& stdio, uint32_t uid, uint32_t gid);

void plan_stdio(ChildPlan& child, const StdioPipes& pipes);

// Ignores SIGPIPE while it lives: a closed standard output is an answer (EPIPE), not the supervisor's death.
class IgnoreSigpipe {
 public:
  IgnoreSigpipe();
  IgnoreSigpipe(const IgnoreSigpipe&) = delete;
  IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;
  ~IgnoreSigpipe();

 private:
  void (*before_)(int);
};

}  // namespace ccocker::runtime
