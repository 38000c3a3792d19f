#pragma once
#include <cstddef>
#include <memory>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/detach_keys.h"
#include "runtime/output_tap.h"

namespace ccocker::runtime {

// Moves bytes from one descriptor to another through the ring, in order, and shows them to `tap` (which may be null).
// An invalid target takes nothing: then they go to the tap alone. Cancelling `pump` loses nothing: what was read and
// not yet written is written by `drain`.
class Relay {
 public:
  static constexpr size_t buffer_bytes = 64 << 10;  // a pipe's capacity

  Relay(Fd from, FdView to, OutputStream stream, OutputTap* tap = nullptr);

  // Until the input ends. When the reader of the output is gone (EPIPE) the input is closed, so that its writer gets
  // SIGPIPE as it would without us in between. Throws for other failures, naming the stream.
  Task<void> pump();
  // Writes what is left and what can be read without waiting: for after the end of the writing process.
  Task<void> drain();

 private:
  void took(size_t count);
  Task<void> write_pending();
  size_t read_at_once();
  const char* name() const { return stream_ == OutputStream::out ? "standard output" : "standard error"; }

  Fd from_;
  FdView to_;
  OutputStream stream_;
  OutputTap* tap_;
  std::unique_ptr<std::byte[]> buffer_;
  size_t begin_ = 0, end_ = 0;  // what was read and not yet written
};

// Moves our standard input into the container until one side ends; `to` is closed at the end, which is the end of the
// program's input.
Task<void> forward_stdin(Fd to);
// The same into a terminal, which stays open. True when `keys` were typed, which ends it.
Task<bool> forward_stdin_to_terminal(FdView master, DetachKeys keys);

}  // namespace ccocker::runtime
