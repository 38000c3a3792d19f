#pragma once
#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "loop/error.h"
#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::registry {

// A child process that does one piece of work beside the loop and says what came of it. It has copies of our memory
// and, of our descriptors, only those it is given; it ends with us (PR_SET_PDEATHSIG) and with this object.
class WorkerProcess {
 public:
  // `body` runs in the child, without a loop, and gives its result in bytes; what it throws is `result`'s failure.
  // `task` says what the process does, for the sentence that tells of its death: "that ...".
  WorkerProcess(std::string task, const std::vector<FdView>& descriptors, const std::function<std::string()>& body);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();  // kills it

  // Waits for its end. What it threw, or Errc::failed when it was killed. Once.
  Task<Result<std::string>> result();

 private:
  explicit WorkerProcess(std::string task) : task_(std::move(task)) {}

  std::string task_;
  Fd report_;
  Fd pidfd_;
  pid_t pid_ = 0;  // until it is reaped
};

}  // namespace ccocker::registry
