#include "loop/io.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "loop/loop.h"
#include "loop/sys.h"

namespace ccocker::io {
namespace {

unsigned clamp(size_t bytes) {
  constexpr size_t bytes_max = size_t{1} << 30;  // an entry's length has 32 bits; the kernel stops below 2 GiB anyway
  return static_cast<unsigned>(std::min(bytes, bytes_max));
}

}  // namespace

size_t CountOp::await_resume() const {
  if (result_ < 0) throw Error::sys(call_, {}, -result_);
  return static_cast<size_t>(result_);
}

Fd FdOp::await_resume() const {
  if (result_ < 0) throw Error::sys(call_, arguments_, -result_);
  return Fd(result_);
}

CountOp read(FdView fd, std::span<std::byte> buffer, int64_t offset) {
  return CountOp("read", [&](io_uring_sqe* entry) {
    io_uring_prep_read(entry, fd.get(), buffer.data(), clamp(buffer.size()), static_cast<uint64_t>(offset));
  });
}

CountOp write(FdView fd, std::span<const std::byte> bytes, int64_t offset) {
  return CountOp("write", [&](io_uring_sqe* entry) {
    io_uring_prep_write(entry, fd.get(), bytes.data(), clamp(bytes.size()), static_cast<uint64_t>(offset));
  });
}

CountOp send(FdView socket, std::span<const std::byte> bytes, int flags) {
  return CountOp("send", [&](io_uring_sqe* entry) {
    io_uring_prep_send(entry, socket.get(), bytes.data(), clamp(bytes.size()), flags | MSG_NOSIGNAL);
  });
}

CountOp recv(FdView socket, std::span<std::byte> buffer, int flags) {
  return CountOp("recv", [&](io_uring_sqe* entry) {
    io_uring_prep_recv(entry, socket.get(), buffer.data(), clamp(buffer.size()), flags);
  });
}

CountOp splice(FdView from, FdView to, size_t bytes_max, unsigned flags) {
  return CountOp("splice", [&](io_uring_sqe* entry) {
    io_uring_prep_splice(entry, from.get(), -1, to.get(), -1, clamp(bytes_max), flags);
  });
}

CountOp connect(FdView socket, const sockaddr* address, socklen_t length) {
  return CountOp("connect", [&](io_uring_sqe* entry) { io_uring_prep_connect(entry, socket.get(), address, length); });
}

CountOp poll(FdView fd, unsigned events) {
  return CountOp("poll", [&](io_uring_sqe* entry) { io_uring_prep_poll_add(entry, fd.get(), events); });
}

CountOp fsync(FdView fd) {
  return CountOp("fsync", [&](io_uring_sqe* entry) { io_uring_prep_fsync(entry, fd.get(), 0); });
}

CountOp close(Fd fd) {
  return CountOp("close", [&](io_uring_sqe* entry) { io_uring_prep_close(entry, fd.release()); });
}

CountOp nop() {
  return CountOp("nop", [](io_uring_sqe* entry) { io_uring_prep_nop(entry); });
}

FdOp openat(FdView dir, const char* path, int flags, mode_t mode) {
  return FdOp("openat", path,
              [&](io_uring_sqe* entry) { io_uring_prep_openat(entry, dir.get(), path, flags | O_CLOEXEC, mode); });
}

FdOp accept(FdView listener, int flags) {
  return FdOp("accept", {},
              [&](io_uring_sqe* entry) { io_uring_prep_accept(entry, listener.get(), nullptr, nullptr, flags); });
}

StatxOp::StatxOp(FdView dir, const char* path, int flags, unsigned mask) : path_(path) {
  io_uring_prep_statx(&entry_, dir.get(), path, flags, mask, &status_);
}

struct statx StatxOp::await_resume() const {
  if (result_ < 0) throw Error::sys("statx", path_, -result_);
  return status_;
}

SleepOp::SleepOp(std::chrono::nanoseconds duration) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  span_ = {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
  io_uring_prep_timeout(&entry_, &span_, 0, 0);
}

void SleepOp::await_resume() const {
  // A timer that fires completes with ETIME.
  if (result_ < 0 && result_ != -ETIME) throw Error::sys("timeout", {}, -result_);
}

void Yield::await_suspend(std::coroutine_handle<> handle) const { Loop::current().post(handle); }

Task<void> write_all(FdView fd, std::string_view bytes) {
  std::span<const std::byte> rest = std::as_bytes(std::span(bytes));
  while (!rest.empty()) {
    size_t count = co_await write(fd, rest);
    rest = rest.subspan(count);
  }
}

Task<ExitStatus> wait_exit(FdView pidfd) {
  co_await poll(pidfd, POLLIN);
  siginfo_t info{};
  int result = sys::retry([&] { return ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED); });
  if (result < 0) throw Error::sys("waitid", "P_PIDFD");
  bool signaled = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
  co_return ExitStatus{signaled, info.si_status, info.si_code == CLD_DUMPED};
}

SignalSource::SignalSource(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : signals) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, &original_);
  fd_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!fd_) throw Error::sys("signalfd");
}

SignalSource::~SignalSource() { ::sigprocmask(SIG_SETMASK, &original_, nullptr); }

Task<int> SignalSource::next() {
  signalfd_siginfo info;
  size_t count = co_await read(fd_, std::as_writable_bytes(std::span(&info, 1)));
  if (count != sizeof info) throw Error(Errc::failed, "signalfd gave a short record");
  co_return static_cast<int>(info.ssi_signo);
}

}  // namespace ccocker::io
