#include "runtime/child_report.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <cstring>

namespace ccocker::runtime::child {
namespace {

void send(const ChildPlan& plan, const InitReport& report, int fd = -1) {
  iovec part{const_cast<InitReport*>(&report), sizeof report};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  raw::call<SYS_sendmsg>(plan.socket, &message, MSG_NOSIGNAL);
}

InitReport failure(Step step, long negative_errno, uint32_t detail) {
  return {InitReport::Kind::failed, step, static_cast<int32_t>(-negative_errno), detail, {}};
}

}  // namespace

uint64_t now_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);  // the vDSO's: no system call, no libc state
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

void leave(int code) {
  for (;;) raw::call<SYS_exit_group>(code);
}

void fail(const ChildPlan& plan, Step step, long negative_errno, uint32_t detail) {
  send(plan, failure(step, negative_errno, detail));
  leave(125);
}

void report_ready(const ChildPlan& plan, const uint64_t* moments_ns) {
  InitReport report{InitReport::Kind::ready, Step::exec, 0, 0, {}};
  std::memcpy(report.moments_ns, moments_ns, sizeof report.moments_ns);
  send(plan, report);
}

void report_terminal(const ChildPlan& plan, int master) {
  send(plan, InitReport{InitReport::Kind::terminal, Step::open_terminal, 0, 0, {}}, master);
}

}  // namespace ccocker::runtime::child
