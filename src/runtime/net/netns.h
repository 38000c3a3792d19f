#pragma once
#include <sys/types.h>

#include "loop/fd.h"

namespace ccocker::runtime {

// The network namespace of a process that is held: our child that is not reaped, or by a pidfd.
Fd open_netns(pid_t pid);

// This thread is in another network namespace while this lives. What is opened meanwhile stays there; nothing may wait
// meanwhile, since every task of the loop would be there too. `target` is a pidfd or a namespace's descriptor.
class InsideNetns {
 public:
  explicit InsideNetns(FdView target);
  InsideNetns(const InsideNetns&) = delete;
  InsideNetns& operator=(const InsideNetns&) = delete;
  ~InsideNetns();

 private:
  Fd own_;
};

}  // namespace ccocker::runtime
