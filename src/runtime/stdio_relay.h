#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "loop/fd.h"
#include "loop/io.h"
#include "loop/task.h"
#include "runtime/detach_keys.h"
#include "runtime/output_tap.h"

namespace ccocker::runtime {

// Moves bytes from one descriptor to another through the ring, in order, and shows them to `tap` (which may be null).
// An invalid target takes nothing: then they go to the tap alone. Cancelling `pump` loses nothing: what was read and
// not yet written is given by `take_rest`.
class Relay {
 public:
  static constexpr size_t buffer_bytes = 64 << 10;  // a pipe's capacity
  static constexpr size_t rest_bytes_max = 2 << 20;  // kept over restarts for a reader that takes nothing

  // `before`: written first; the tap has seen it.
  Relay(Fd from, FdView to, OutputStream stream, OutputTap* tap, std::string before);

  // Until the input ends. When the reader of the output is gone (EPIPE) the input is closed, so that its writer gets
  // SIGPIPE as it would without us in between; so it is when the output takes nothing more (a full disk), which is said.
  Task<void> pump();
  // For after the end of the writing process: shows the tap what that has left in its pipe, not what others go on to
  // write there, and gives what the target has yet to take. Never waits.
  std::string take_rest();

 private:
  void took(size_t count);
  Task<void> write_pending();
  size_t read_at_once(size_t bytes_max);
  const char* name() const { return stream_ == OutputStream::out ? "standard output" : "standard error"; }

  Fd from_;
  FdView to_;
  OutputStream stream_;
  OutputTap* tap_;
  std::string before_;
  std::unique_ptr<std::byte[]> buffer_;
  std::span<const std::byte> pending_;  // what was read and not yet written: in `before_` or `buffer_`
};

// What a process wrote before it ended and our standard streams have yet to take: their reader may never do so, and what
// is left of the container does not wait for it.
struct UnwrittenOutput {
  std::string out, err;
};

// Writes what a reader takes at once, within `limit`, and leaves the rest.
Task<void> write_promptly(UnwrittenOutput& unwritten, std::chrono::milliseconds limit);
// Writes it, until a signal comes that ends programs.
Task<void> write_unwritten(UnwrittenOutput unwritten, io::SignalSource* signals);

// Moves our standard input into the container until one side ends; `to` is closed at the end, which is the end of the
// program's input.
Task<void> forward_stdin(Fd to);
// The same into a terminal, which stays open. True when `keys` were typed, which ends it.
Task<bool> forward_stdin_to_terminal(FdView master, DetachKeys keys);

}  // namespace ccocker::runtime
