#pragma once
#include <string>

#include "loop/fd.h"

namespace ccocker::runtime {

// New children are made in the PID namespace of `target`, a pidfd, while this lives (setns(2), CLONE_NEWPID).
class ChildrenInPidNamespace {
 public:
  explicit ChildrenInPidNamespace(FdView target);
  ChildrenInPidNamespace(const ChildrenInPidNamespace&) = delete;
  ChildrenInPidNamespace& operator=(const ChildrenInPidNamespace&) = delete;
  ~ChildrenInPidNamespace();

 private:
  Fd own_;
};

// The first process of a container that runs, whose PID namespace is to be shared. Errc::not_found, Errc::conflict.
Fd open_pid_owner(const std::string& root, const std::string& state, const std::string& id);

}  // namespace ccocker::runtime
