#include "runtime/pid_namespace.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/hold_process.h"
#include "runtime/record.h"

namespace ccocker::runtime {

ChildrenInPidNamespace::ChildrenInPidNamespace(FdView target) : own_(sys::pidfd_open(::getpid())) {
  if (::setns(target.get(), CLONE_NEWPID) < 0) throw Error::sys("setns", "the container's PID namespace");
}

ChildrenInPidNamespace::~ChildrenInPidNamespace() {
  if (::setns(own_.get(), CLONE_NEWPID) == 0) return;
  // The next container's first process would be made in this one.
  std::fputs("ccocker: internal error: cannot leave a PID namespace\n", stderr);
  std::abort();
}

Fd open_pid_owner(const std::string& root, const std::string& state, const std::string& id) {
  std::optional<ContainerRecord> record = load_record(root, state, id);
  if (!record)
    throw Error(Errc::not_found, fmt::format("no such container: {} (its PID namespace was to be shared)", id));
  std::optional<Fd> process = hold_process(record->container);
  if (!process)
    throw Error(Errc::conflict, fmt::format("container {} is not running, so its PID namespace cannot be shared",
                                            record->container.name));
  return std::move(*process);
}

}  // namespace ccocker::runtime
