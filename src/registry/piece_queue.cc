#include "registry/piece_queue.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"

namespace ccocker::registry {
namespace {

struct Filled {
  uint32_t number;
  uint32_t bytes;
};

// The other process has ended: cleanly, or with messages of ours unread.
bool is_gone(int error) { return error == EPIPE || error == ECONNRESET; }

template <typename Message>
bool send_message(FdView socket, const Message& message) {
  ssize_t sent = sys::retry([&] { return ::send(socket.get(), &message, sizeof message, MSG_NOSIGNAL); });
  if (sent < 0 && !is_gone(errno)) throw Error::sys("send");
  return sent >= 0;
}

template <typename Message>
std::optional<Message> receive_message(FdView socket) {
  Message message;
  ssize_t received = sys::retry([&] { return ::recv(socket.get(), &message, sizeof message, 0); });
  if (received < 0 && !is_gone(errno)) throw Error::sys("recv");
  if (received != sizeof message) return std::nullopt;
  return message;
}

}  // namespace

PieceQueue::PieceQueue() {
  constexpr size_t bytes = pieces * piece_bytes;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Error::sys("mmap");
  std::shared_ptr<std::byte> shared(static_cast<std::byte*>(memory), [](std::byte* start) { ::munmap(start, bytes); });
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) throw Error::sys("socketpair");
  maker.memory_ = taker.memory_ = std::move(shared);
  maker.socket_ = Fd(ends[0]);
  taker.socket_ = Fd(ends[1]);
}

std::span<std::byte> PieceQueue::Maker::piece(uint32_t number) {
  current_ = number;
  return {memory_.get() + number * piece_bytes, piece_bytes};
}

std::optional<std::span<std::byte>> PieceQueue::Maker::empty_piece() {
  if (never_used_ > 0) return piece(static_cast<uint32_t>(--never_used_));
  std::optional<uint32_t> number = receive_message<uint32_t>(socket_);
  if (!number) return std::nullopt;
  return piece(*number);
}

Task<std::optional<std::span<std::byte>>> PieceQueue::Maker::next_empty_piece() {
  if (never_used_ > 0) co_return piece(static_cast<uint32_t>(--never_used_));
  uint32_t number = 0;
  try {
    size_t received = co_await io::recv(socket_, std::as_writable_bytes(std::span(&number, 1)));
    if (received != sizeof number) co_return std::nullopt;
  } catch (const Error& error) {
    if (!is_gone(error.errno_value())) throw;
    co_return std::nullopt;
  }
  co_return piece(number);
}

bool PieceQueue::Maker::send(size_t bytes) {
  return send_message(socket_, Filled{current_, static_cast<uint32_t>(bytes)});
}

void PieceQueue::Maker::wait_for_taker() {
  while (receive_message<uint32_t>(socket_)) continue;
}

std::optional<std::span<const std::byte>> PieceQueue::Taker::next() {
  // A maker that has ended well needs no empty pieces any more.
  if (current_) send_message(socket_, *current_);
  current_.reset();
  std::optional<Filled> filled = receive_message<Filled>(socket_);
  if (!filled) return std::nullopt;
  current_ = filled->number;
  return std::span<const std::byte>(memory_.get() + filled->number * piece_bytes, filled->bytes);
}

}  // namespace ccocker::registry
