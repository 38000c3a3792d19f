#pragma once
// How the child tells its parent what happened, between clone3 and exec.
#include "runtime/child_plan.h"
#include "runtime/syscalls.h"

namespace ccocker::runtime::child {

uint64_t now_ns();
[[noreturn]] void leave(int code);
// Reports the failure and ends the child.
[[noreturn]] void fail(const ChildPlan& plan, Step step, long negative_errno, uint32_t detail = 0);
// The same for the program itself, whose file has not been looked at.
[[noreturn]] inline void fail_exec(const ChildPlan& plan, long negative_errno) { fail(plan, Step::exec, negative_errno); }
void report_ready(const ChildPlan& plan, const uint64_t* moments_ns);
void report_terminal(const ChildPlan& plan, int master);

// `result` when the call went well; fails the step otherwise.
inline long must(const ChildPlan& plan, Step step, long result, uint32_t detail = 0) {
  if (result < 0) fail(plan, step, result, detail);
  return result;
}
inline int must_fd(const ChildPlan& plan, Step step, long result, uint32_t detail = 0) {
  return static_cast<int>(must(plan, step, result, detail));
}
inline void close(int fd) { raw::call<SYS_close>(fd); }

}  // namespace ccocker::runtime::child
