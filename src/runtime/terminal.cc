#include "runtime/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include "loop/error.h"

namespace ccocker::runtime {

RawTerminal::RawTerminal(const Stdio& stdio) {
  termios now;
  if (!stdio.terminal || !stdio.interactive || ::tcgetattr(STDIN_FILENO, &now) < 0) return;
  before_ = now;
  make_raw();
}

void RawTerminal::make_raw() {
  if (!before_) return;
  termios raw = *before_;
  ::cfmakeraw(&raw);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

void RawTerminal::restore() {
  // TCSADRAIN lets the last output out first. Failing means that the terminal is gone: nothing to restore.
  if (before_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
}

std::optional<winsize> terminal_size() {
  winsize size;
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size;
  return std::nullopt;
}

void plan_terminal(ChildPlan& child) {
  std::optional<winsize> size = child.terminal ? terminal_size() : std::nullopt;
  if (!size) return;
  child.rows = size->ws_row;
  child.columns = size->ws_col;
}

void set_terminal_size(FdView master, const winsize& size) { ::ioctl(master.get(), TIOCSWINSZ, &size); }

void hang_up(FdView master) {
  Fd slave(
      ::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));  // its path is in another mount namespace
  if (slave) ::ioctl(slave.get(), TIOCVHANGUP);
}

void require_terminal(const Stdio& stdio) {
  if (stdio.terminal && stdio.interactive && !::isatty(STDIN_FILENO))
    throw Error(Errc::invalid, "the input device is not a TTY; leave out -t to forward a pipe or file");
}

}  // namespace ccocker::runtime
