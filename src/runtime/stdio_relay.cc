#include "runtime/stdio_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <expected>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"

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

// A read of 0 bytes, and for a pty's master EIO: every slave is closed.
bool is_end(const std::expected<size_t, int>& result) { return result ? *result == 0 : result.error() == EIO; }

}  // namespace

Relay::Relay(Fd from, FdView to, OutputStream stream, OutputTap* tap)
    : from_(std::move(from)),
      to_(to),
      stream_(stream),
      tap_(tap),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)) {}

Task<void> Relay::pump() {
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
  begin_ = 0;
  end_ = count;
  if (tap_ && count) tap_->take(stream_, {buffer_.get(), count});
  if (!to_) end_ = 0;
}

Task<void> Relay::write_pending() {
  while (begin_ < end_) {
    std::expected<size_t, int> count = co_await try_write(to_, {buffer_.get() + begin_, end_ - begin_});
    if (count) {
      begin_ += *count;
    } else if (count.error() == EAGAIN) {
      co_await io::poll(to_, POLLOUT);                            // somebody made our output non-blocking
    } else if (count.error() == EPIPE || count.error() == EIO) {  // EIO: our terminal was hung up
      from_.reset();
      begin_ = end_ = 0;
    } else {
      throw Error::sys(std::string("writing the container's ") + name(), {}, count.error());
    }
  }
}

size_t Relay::read_at_once() {
  ssize_t count = sys::retry([&] { return ::read(from_.get(), buffer_.get(), buffer_bytes); });
  return count > 0 ? static_cast<size_t>(count) : 0;
}

Task<void> Relay::drain() {
  co_await write_pending();
  if (from_) ::fcntl(from_.get(), F_SETFL, O_NONBLOCK);
  while (from_) {
    size_t count = read_at_once();
    if (count == 0) break;
    took(count);
    co_await write_pending();
  }
  from_.reset();
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
