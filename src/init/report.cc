#include "init/report.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "runtime/syscalls.h"

namespace ccocker::init {

namespace raw = runtime::raw;
using runtime::InitReport;
using runtime::Step;

namespace {

void send(const Order& order, Step step, long negative_errno, unsigned detail, const char* head,
          unsigned long head_bytes) {
  InitReport report{InitReport::Kind::failed, step, static_cast<int32_t>(-negative_errno), detail, {}};
  iovec parts[2] = {{&report, sizeof report}, {const_cast<char*>(head), head_bytes}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = head_bytes ? 2 : 1;
  raw::call<SYS_sendmsg>(order.socket, &message, MSG_NOSIGNAL);
}

}  // namespace

void leave(int code) {
  for (;;) raw::call<SYS_exit_group>(code);
}

void fail(const Order& order, Step step, long negative_errno) {
  send(order, step, negative_errno, 0, nullptr, 0);
  leave(125);
}

void fail_exec(const Order& order, long negative_errno, unsigned program, const char* head, unsigned long head_bytes) {
  send(order, Step::exec, negative_errno, program, head, head_bytes);
  leave(125);
}

}  // namespace ccocker::init
