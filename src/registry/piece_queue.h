#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::registry {

// Bytes from one process to another of ours, made in one and used in the other where they lie: pieces of shared
// memory, and a socket that carries their numbers, filled ones there and empty ones back. Made before the fork; then
// each process drops the side it does not need. Who waits for a process that has ended hears of it: its end of the socket closes with it.
class PieceQueue {
 public:
  static constexpr size_t pieces = 8;
  static constexpr size_t piece_bytes = 128 * 1024;

  PieceQueue();

  // Where bytes come from. Blocking calls are for processes without a loop.
  class Maker {
   public:
    // The next empty piece. Nullopt: the other process has ended.
    std::optional<std::span<std::byte>> empty_piece();
    Task<std::optional<std::span<std::byte>>> next_empty_piece();
    // Sends the first `bytes` of the piece that was given last; 0 bytes say that there are no more. False: the other
    // process has ended.
    bool send(size_t bytes);
    // After the last piece: waits for the other process's end. Closing a Unix socket with messages unread (the numbers
    // of empty pieces) takes from the other side what it has not read yet.
    void wait_for_taker();
    FdView fd() const { return socket_; }

   private:
    friend class PieceQueue;
    std::span<std::byte> piece(uint32_t number);
    std::shared_ptr<std::byte> memory_;
    Fd socket_;
    size_t never_used_ = pieces;
    uint32_t current_ = 0;
  };

  // Where they go.
  class Taker {
   public:
    // The next bytes, valid until the next call; empty: there are no more. Nullopt: the other process has ended early.
    std::optional<std::span<const std::byte>> next();
    FdView fd() const { return socket_; }

   private:
    friend class PieceQueue;
    std::shared_ptr<std::byte> memory_;
    Fd socket_;
    std::optional<uint32_t> current_;
  };

  Maker maker;
  Taker taker;
};

}  // namespace ccocker::registry
