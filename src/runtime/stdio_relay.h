#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::runtime {

// Moves bytes from one descriptor to another through the ring, in order. Cancelling `pump` loses nothing: what was read
// and not yet written is written by `drain`.
class Relay {
 public:
  static constexpr size_t buffer_bytes = 64 << 10;  // a pipe's capacity

  Relay(Fd from, FdView to, std::string name);

  // Until the input ends. When the reader of the output is gone (EPIPE) the input is closed, so that its writer gets
  // SIGPIPE as it would without us in between. Throws for other failures, naming the stream.
  Task<void> pump();
  // Writes what is left and what can be read without waiting: for after the end of the writing process.
  Task<void> drain();

 private:
  Task<void> write_pending();
  size_t read_at_once();

  Fd from_;
  FdView to_;
  std::string name_;
  std::unique_ptr<std::byte[]> buffer_;
  size_t begin_ = 0, end_ = 0;  // what was read and not yet written
};

// Moves our standard input into the container until one side ends; `to` is closed at the end, which is the end of the
// program's input.
Task<void> forward_stdin(Fd to);
// The same into a terminal, which stays open.
Task<void> forward_stdin_to_terminal(FdView master);

}  // namespace ccocker::runtime
