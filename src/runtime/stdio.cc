#include "runtime/stdio.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

sys::Pipe owned_pipe(uint32_t uid, uint32_t gid) {
  sys::Pipe pipe = sys::pipe();
  bool other = uid != 0 || gid != 0;
  if (other && ::fchown(pipe.read_end.get(), uid, gid) < 0) throw Error::sys("fchown", "a pipe");
  return pipe;
}

}  // namespace

StdioPipes open_stdio(const Stdio& stdio, uint32_t uid, uint32_t gid) {
  StdioPipes pipes;
  if (stdio.terminal) return pipes;
  if (stdio.interactive) {
    sys::Pipe in = owned_pipe(uid, gid);
    pipes.child[0] = std::move(in.read_end);
    pipes.in = std::move(in.write_end);
  } else {
    pipes.child[0] = sys::openat(sys::cwd(), "/dev/null", O_RDONLY);
  }
  sys::Pipe out = owned_pipe(uid, gid);
  sys::Pipe err = owned_pipe(uid, gid);
  pipes.child[1] = std::move(out.write_end);
  pipes.out = std::move(out.read_end);
  pipes.child[2] = std::move(err.write_end);
  pipes.err = std::move(err.read_end);
  return pipes;
}

void plan_stdio(ChildPlan& child, const StdioPipes& pipes) {
  for (int i = 0; i < 3; ++i) child.stdio[i] = pipes.child[i].get();
}

IgnoreSigpipe::IgnoreSigpipe() : before_(::signal(SIGPIPE, SIG_IGN)) {}
IgnoreSigpipe::~IgnoreSigpipe() { ::signal(SIGPIPE, before_); }

}  // namespace ccocker::runtime
