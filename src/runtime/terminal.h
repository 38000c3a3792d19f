#pragma once
#include <sys/ioctl.h>
#include <termios.h>

#include <chrono>
#include <optional>

#include "loop/fd.h"
#include "runtime/child_plan.h"
#include "runtime/container.h"

namespace ccocker::runtime {

// The caller's terminal in raw mode while this lives, so that every key reaches the container's own terminal. Does
// nothing when standard input is no terminal or is not forwarded.
class RawTerminal {
 public:
  explicit RawTerminal(const Stdio& stdio);
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal() { restore(); }

  void restore();
  void make_raw();

 private:
  std::optional<termios> before_;
};

// The size of the caller's terminal; nullopt when it has none.
std::optional<winsize> terminal_size();
void plan_terminal(ChildPlan& child);  // gives the pty the size of ours
void set_terminal_size(FdView master, const winsize& size);
// What closing a terminal's window does: its session gets SIGHUP, and reads of it end.
void hang_up(FdView master);
constexpr std::chrono::seconds hang_up_grace{5};  // for what was at that terminal to end by itself

// Errc::invalid for -it when standard input is no terminal, as Docker.
void require_terminal(const Stdio& stdio);

}  // namespace ccocker::runtime
