#include "runtime/launch.h"

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/child.h"
#include "runtime/init_program.h"
#include "runtime/launch_failure.h"
#include "runtime/syscalls.h"

namespace ccocker::runtime {
namespace {

struct Message {
  InitReport report{};
  char head[program_head_bytes_max];
  size_t head_bytes = 0;
  Fd descriptor;
};

void take_descriptor(msghdr& header, Message& message) {
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) return;
  int fd;
  std::memcpy(&fd, CMSG_DATA(control), sizeof fd);
  message.descriptor = Fd(fd);
}

enum class Received { message, nothing_yet, end };

// At the end the child has executed its program or is dead. Nothing may be there although the poll said so: the kernel
// queues a message before it wakes those who wait, and the ring takes a wake at its word. A poll that begins in between,
// for the next message, is woken by the one that has been read already.
Received receive(FdView socket, Message& message) {
  iovec parts[2] = {{&message.report, sizeof message.report}, {message.head, sizeof message.head}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t count;
  // A child that dies with our word unread resets the connection; that comes first, what it had sent comes after it.
  do count = ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (count < 0 && (errno == EINTR || errno == ECONNRESET));
  if (count == 0) return Received::end;
  if (count < 0 && errno == EAGAIN) return Received::nothing_yet;
  if (count < 0) throw Error::sys("recvmsg", "the container's first process");
  if (static_cast<size_t>(count) < sizeof message.report) throw Error(Errc::failed, "a short report of the child");
  message.head_bytes = static_cast<size_t>(count) - sizeof message.report;
  take_descriptor(header, message);
  return Received::message;
}

struct SocketPair {
  Fd parent, child;
};

SocketPair socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) throw Error::sys("socketpair");
  return {Fd(ends[0]), Fd(ends[1])};
}

// The child does not come back from this.
pid_t clone_child(const ChildPlan& plan, uint64_t namespaces, FdView v2_group, int& pidfd) {
  clone_args arguments{};
  arguments.flags = namespaces | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (v2_group ? CLONE_INTO_CGROUP : 0);
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = v2_group ? static_cast<uint64_t>(v2_group.get()) : 0;
  // Signals stay blocked until the child has reset what it must not inherit.
  long pid = raw::call<SYS_clone3>(&arguments, sizeof arguments);
  if (pid == 0) run_child(plan);
  if (pid < 0) throw clone_failure(static_cast<int>(-pid), namespaces);
  return static_cast<pid_t>(pid);
}

}  // namespace

Launch launch(Plan& plan, uint64_t namespaces, FdView v2_group) {
  SocketPair sockets = socket_pair();
  Fd init_program = open_init_program();
  plan.child().socket = sockets.child.get();
  plan.child().parent_end = sockets.parent.get();
  plan.child().init_program = init_program.get();
  plan.seal();
  Launch launch;
  int pidfd = -1;
  launch.pid = clone_child(plan.child(), namespaces, v2_group, pidfd);
  launch.pidfd = Fd(pidfd);
  launch.socket = std::move(sockets.parent);
  return launch;
}

void let_go(const Launch& launch) {
  // A child that has failed already has closed its end; its report says more than EPIPE.
  static_cast<void>(::send(launch.socket.get(), "g", 1, MSG_NOSIGNAL));
}

// What the child said to the end of its socket: neither when it was killed.
struct Heard {
  std::optional<Error> failure;
  bool ready = false;
};

static Task<Heard> hear_child(Launch& launch, const Plan& plan) {
  Heard heard;
  for (;;) {
    co_await io::poll(launch.socket, POLLIN);
    Message message;
    Received received = receive(launch.socket, message);
    if (received == Received::end) break;
    if (received == Received::nothing_yet) continue;
    if (message.report.kind == InitReport::Kind::terminal) launch.terminal = std::move(message.descriptor);
    if (message.report.kind == InitReport::Kind::failed)
      heard.failure = launch_failure(message.report, {message.head, message.head_bytes}, plan);
    if (message.report.kind == InitReport::Kind::ready) {
      heard.ready = true;
      std::ranges::copy(message.report.moments_ns, launch.moments_ns.begin());
    }
  }
  co_return heard;
}

Task<void> wait_for_exec(Launch& launch, const Plan& plan) {
  Heard heard = co_await hear_child(launch, plan);
  launch.socket.reset();
  if (!heard.failure && heard.ready) co_return;
  co_await shielded(end_child(launch));
  if (heard.failure) throw std::move(*heard.failure);
  throw Error(Errc::failed,
              "the container's first process was killed while it set itself up; is its memory limit too small?");
}

Task<void> give_up(Launch& launch, const Plan& plan) {
  ::shutdown(launch.socket.get(), SHUT_WR);
  Heard heard = co_await hear_child(launch, plan);
  if (heard.failure) throw std::move(*heard.failure);
}

Task<void> end_child(Launch& launch) {
  if (!launch.pidfd || launch.reaped) co_return;
  sys::pidfd_send_signal(launch.pidfd, SIGKILL);
  io::ExitStatus ended = co_await io::wait_exit(launch.pidfd);
  launch.reaped = true;
  static_cast<void>(ended);
}

}  // namespace ccocker::runtime
