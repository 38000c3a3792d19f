#pragma once
#include <functional>
#include <vector>

#include "loop/io.h"
#include "loop/task.h"
#include "runtime/container.h"
#include "runtime/launch.h"
#include "runtime/output_tap.h"
#include "runtime/stdio.h"
#include "runtime/stdio_relay.h"

namespace ccocker::runtime {

// Signals a supervisor hands on to its container's process. It blocks them from before the start, so that none is
// lost while the child sets itself up.
class ForwardedSignals {
 public:
  ForwardedSignals();
  io::SignalSource& source() { return source_; }

 private:
  io::SignalSource source_;
};

struct Supervision {
  Launch& launch;
  StdioPipes& pipes;
  UnwrittenOutput& unwritten;  // of a process before this one, written first; then of this one
  Stdio stdio;
  ForwardedSignals* signals;                // null: signals to us are not for it
  std::function<void()> kill;               // ends the container at once
  std::vector<Task<void>> beside;           // other tasks for the time it runs
  OutputTap* tap = nullptr;                 // sees its output too
  bool own_streams = true;                  // our standard streams are the container's
  std::function<void(int)> forwarded = {};  // told of each signal that is handed on; may be empty
  std::string detach_keys = {};             // as bytes; typed at our terminal they end the forwarding of it
  std::function<void()> leave = {};         // called then, with the terminal as it was before
};

// Wires stdio and signals of a process that runs until it ends. The tap has all of its output then; what our standard
// streams have not taken of it is in `unwritten`.
Task<io::ExitStatus> supervise(Supervision supervision);

}  // namespace ccocker::runtime
