#include "runtime/net/netns.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>

#include "loop/sys.h"

namespace ccocker::runtime {

Fd open_netns(pid_t pid) { return sys::openat(sys::cwd(), fmt::format("/proc/{}/ns/net", pid), O_RDONLY); }

InsideNetns::InsideNetns(FdView target) : own_(sys::openat(sys::cwd(), "/proc/thread-self/ns/net", O_RDONLY)) {
  if (::setns(target.get(), CLONE_NEWNET) < 0) throw Error::sys("setns", "the container's network namespace");
}

InsideNetns::~InsideNetns() {
  if (::setns(own_.get(), CLONE_NEWNET) == 0) return;
  // Going on in a container's namespace would do to it what is meant for the host.
  std::fputs("ccocker: internal error: cannot leave a network namespace\n", stderr);
  std::abort();
}

}  // namespace ccocker::runtime
