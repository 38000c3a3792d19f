#pragma once
// Everything that waits, as awaitables on the loop. Each fails with Error::sys of its call's name (Errc::cancelled when
// the scope was cancelled). Buffers and paths must stay alive until the co_await gives back.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "loop/error.h"
#include "loop/fd.h"
#include "loop/op.h"
#include "loop/task.h"

namespace ccocker::io {

// An Op whose result is a number: bytes, a poll mask, or 0. `prepare` fills its submission entry.
class CountOp : public Op {
 public:
  template <typename Prepare>
  CountOp(const char* call, Prepare prepare) : call_(call) {
    prepare(&entry_);
  }
  size_t await_resume() const;

 private:
  const char* call_;
};

// An Op whose result is a new descriptor.
class FdOp : public Op {
 public:
  template <typename Prepare>
  FdOp(const char* call, std::string_view arguments, Prepare prepare) : call_(call), arguments_(arguments) {
    prepare(&entry_);
  }
  Fd await_resume() const;

 private:
  const char* call_;
  std::string_view arguments_;
};

constexpr int64_t current_offset = -1;

CountOp read(FdView fd, std::span<std::byte> buffer, int64_t offset = current_offset);  // 0 at the end
CountOp write(FdView fd, std::span<const std::byte> bytes, int64_t offset = current_offset);
CountOp send(FdView socket, std::span<const std::byte> bytes, int flags = 0);
CountOp recv(FdView socket, std::span<std::byte> buffer, int flags = 0);
// Moves up to `bytes_max` between descriptors of which one is a pipe; 0 at the end.
CountOp splice(FdView from, FdView to, size_t bytes_max, unsigned flags = 0);
CountOp connect(FdView socket, const sockaddr* address, socklen_t length);
CountOp poll(FdView fd, unsigned events);  // POLLIN, POLLOUT, POLLPRI...; gives the mask that is ready
CountOp fsync(FdView fd);
CountOp close(Fd fd);
CountOp nop();
FdOp openat(FdView dir, const char* path, int flags, mode_t mode = 0);  // O_CLOEXEC is added
FdOp accept(FdView listener, int flags = SOCK_CLOEXEC | SOCK_NONBLOCK);

// statx(2) of `path` below `dir`.
class StatxOp : public Op {
 public:
  StatxOp(FdView dir, const char* path, int flags, unsigned mask);
  struct statx await_resume() const;

 private:
  struct statx status_ {};
  const char* path_;
};
inline StatxOp statx(FdView dir, const char* path, int flags = 0, unsigned mask = STATX_BASIC_STATS) {
  return StatxOp(dir, path, flags, mask);
}

// Waits for a span of time.
class SleepOp : public Op {
 public:
  explicit SleepOp(std::chrono::nanoseconds duration);
  void await_resume() const;

 private:
  __kernel_timespec span_;
};
inline SleepOp sleep(std::chrono::nanoseconds duration) { return SleepOp(duration); }

// Lets every other ready task and completion have a turn.
class Yield {
 public:
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const;
  void await_resume() const noexcept {}
};
inline Yield yield() { return {}; }

Task<void> write_all(FdView fd, std::string_view bytes);

// How a child ended, from waitid(2).
struct ExitStatus {
  bool signaled;  // killed by signal `value`; otherwise exited with code `value`
  int value;
  bool core_dumped;
};
// Waits for the end of the process behind `pidfd`. It must be a child of ours, and is reaped.
Task<ExitStatus> wait_exit(FdView pidfd);

// Signals as data: blocks `signals` for this thread and reads them from a signalfd. The old mask comes back with the
// destructor; a child must restore `original_mask` before exec.
class SignalSource {
 public:
  explicit SignalSource(std::initializer_list<int> signals);
  SignalSource(const SignalSource&) = delete;
  SignalSource& operator=(const SignalSource&) = delete;
  ~SignalSource();
  Task<int> next();  // the number of the next signal
  const sigset_t& original_mask() const { return original_; }

 private:
  sigset_t original_;
  Fd fd_;
};

}  // namespace ccocker::io
