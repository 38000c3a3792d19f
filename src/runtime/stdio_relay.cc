#include "runtime/stdio_relay.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <expected>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/notice.h"
#include "runtime/stdio.h"

namespace ccocker::runtime {
namespace {

// The result of a ring operation where some errors are answers: the number, or the errno.
Task<std::expected<size_t, int>> try_read(FdView fd, std::span<std::byte> buffer) {
  try {
    size_t count = co_await io::read(fd, buffer);
    co_return count;
  } catch (Error& error) {
    if (error.code() == Errc::cancelled) throw;
    co_return std::unexpected(error.errno_value());
  }
}

Task<std::expected<size_t, int>> try_write(FdView fd, std::span<const std::byte> bytes) {
  try {
    size_t count = co_await io::write(fd, bytes);
    co_return count;
  } catch (Error& error) {
    if (error.code() == Errc::cancelled) throw;
    co_return std::unexpected(error.errno_value());
  }
}

// Writes `bytes` to one of our standard streams, and takes away from them what was written. False, and nothing is left,
// when its reader is gone or it takes nothing more; the latter is said.
Task<bool> write_output(FdView to, std::span<const std::byte>& bytes, const char* name) {
  while (!bytes.empty()) {
    std::expected<size_t, int> count = co_await try_write(to, bytes);
    if (count) {
      bytes = bytes.subspan(*count);
    } else if (count.error() == EAGAIN) {
      co_await io::poll(to, POLLOUT);  // somebody made our output non-blocking
    } else {
      bytes = {};
      bool reader_gone = count.error() == EPIPE || count.error() == EIO;  // EIO: our terminal was hung up
      if (!reader_gone)
        notice(fmt::format("{} takes nothing more, and the container's is closed: {}", name,
                           Error::sys("write", {}, count.error()).text()));
      co_return false;
    }
  }
  co_return true;
}

// A read of 0 bytes, and for a pty's master EIO: every slave is closed.
bool is_end(const std::expected<size_t, int>& result) { return result ? *result == 0 : result.error() == EIO; }

}  // namespace

Relay::Relay(Fd from, FdView to, OutputStream stream, OutputTap* tap, std::string before)
    : from_(std::move(from)),
      to_(to),
      stream_(stream),
      tap_(tap),
      before_(std::move(before)),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)),
      pending_(std::as_bytes(std::span(before_))) {}

Task<void> Relay::pump() {
  co_await write_pending();
  while (from_) {
    std::expected<size_t, int> count = co_await try_read(from_, {buffer_.get(), buffer_bytes});
    if (is_end(count)) break;
    if (!count) {
      if (count.error() != EAGAIN)
        throw Error::sys(std::string("reading the container's ") + name(), {}, count.error());
      co_await io::poll(from_, POLLIN);
      continue;
    }
    took(*count);
    co_await write_pending();
    if (tap_) co_await tap_->wait_for_room();
  }
}

void Relay::took(size_t count) {
  std::span<const std::byte> bytes(buffer_.get(), count);
  if (tap_ && count) tap_->take(stream_, bytes);
  if (to_) pending_ = bytes;
}

Task<void> Relay::write_pending() {
  bool open = co_await write_output(to_, pending_, name());
  if (!open) from_.reset();
}

size_t Relay::read_at_once(size_t bytes_max) {
  ssize_t count = sys::retry([&] { return ::read(from_.get(), buffer_.get(), std::min(bytes_max, buffer_bytes)); });
  return count > 0 ? static_cast<size_t>(count) : 0;
}

std::string Relay::take_rest() {
  std::string rest;
  auto move_pending = [&] {
    rest.append(reinterpret_cast<const char*>(pending_.data()), pending_.size());
    pending_ = {};
  };
  move_pending();
  if (!from_) return rest;
  ::fcntl(from_.get(), F_SETFL, O_NONBLOCK);
  int capacity = ::fcntl(from_.get(), F_GETPIPE_SZ);
  size_t left = capacity > 0 ? static_cast<size_t>(capacity) : buffer_bytes;  // of a terminal
  while (left > 0) {
    size_t count = read_at_once(left);
    if (count == 0) break;
    took(count);
    move_pending();
    left -= count;
  }
  from_.reset();
  if (rest.size() > rest_bytes_max) {
    notice(fmt::format("the reader of {} takes nothing, and {} bytes of the container's output are lost to it", name(),
                       rest.size() - rest_bytes_max));
    rest.resize(rest_bytes_max);
  }
  return rest;
}

namespace {

Task<void> write_one(int to, std::string text, const char* name) {
  std::span<const std::byte> bytes = std::as_bytes(std::span(text));
  bool taken = co_await write_output(FdView(to), bytes, name);
  static_cast<void>(taken);
}

Task<void> wait_for_ending_signal(io::SignalSource& signals) {
  for (;;) {
    int signal = co_await signals.next();
    if (signal == SIGTSTP) ::kill(::getpid(), SIGSTOP);
    if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT) co_return;
  }
}

}  // namespace

Task<void> write_promptly(UnwrittenOutput& unwritten, std::chrono::milliseconds limit) {
  std::span<const std::byte> bytes = std::as_bytes(std::span(unwritten.out));
  Task<bool> writing = write_output(FdView(STDOUT_FILENO), bytes, "standard output");
  try {
    bool taken = co_await timeout(limit, std::move(writing));
    static_cast<void>(taken);
  } catch (const Error& error) {
    if (error.code() != Errc::timed_out) throw;
  }
  unwritten.out.erase(0, unwritten.out.size() - bytes.size());
}

Task<void> write_unwritten(UnwrittenOutput unwritten, io::SignalSource* signals) {
  if (unwritten.out.empty() && unwritten.err.empty()) co_return;
  IgnoreSigpipe ignore_sigpipe;
  std::vector<Task<void>> writing;
  writing.push_back(write_one(STDOUT_FILENO, std::move(unwritten.out), "standard output"));
  writing.push_back(write_one(STDERR_FILENO, std::move(unwritten.err), "standard error"));
  std::vector<Task<void>> either;
  either.push_back(all(std::move(writing)));
  if (signals) either.push_back(wait_for_ending_signal(*signals));
  co_await first_of(std::move(either));
}

// What was typed or piped: as long as `buffer` at most, nothing at the end.
static Task<std::span<const std::byte>> read_stdin(std::span<std::byte> buffer) {
  for (;;) {
    std::expected<size_t, int> count = co_await try_read(FdView(STDIN_FILENO), buffer);
    if (count) co_return buffer.first(*count);
    if (count.error() != EAGAIN) co_return std::span<const std::byte>();
    co_await io::poll(FdView(STDIN_FILENO), POLLIN);
  }
}

// False when the program has closed its input.
static Task<bool> write_all(FdView to, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    std::expected<size_t, int> written = co_await try_write(to, bytes);
    if (!written) co_return false;
    bytes = bytes.subspan(*written);
  }
  co_return true;
}

Task<void> forward_stdin(Fd to) {
  auto buffer = std::make_unique_for_overwrite<std::array<std::byte, Relay::buffer_bytes>>();
  for (;;) {
    std::span<const std::byte> bytes = co_await read_stdin(*buffer);
    if (bytes.empty()) co_return;
    if (bool open = co_await write_all(to, bytes); !open) co_return;
  }
}

Task<bool> forward_stdin_to_terminal(FdView master, DetachKeys keys) {
  std::array<std::byte, 4096> buffer;  // what a terminal's line discipline holds
  for (;;) {
    std::span<const std::byte> bytes = co_await read_stdin(buffer);
    if (bytes.empty()) co_return false;
    bool detached = false;
    std::string typed = keys.filter({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, detached);
    if (bool open = co_await write_all(master, std::as_bytes(std::span(typed))); !open) co_return false;
    if (detached) co_return true;
  }
}

}  // namespace ccocker::runtime
