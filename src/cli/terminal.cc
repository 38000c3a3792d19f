#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace ccocker::cli {

bool is_terminal(Stream stream) { return ::isatty(static_cast<int>(stream)) == 1; }

WindowSize error_window() {
  winsize window{};
  WindowSize size;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0) return size;
  if (window.ws_col > 0) size.columns = window.ws_col;
  if (window.ws_row > 0) size.rows = window.ws_row;
  return size;
}

bool can_animate() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  bool plain = (no_color && *no_color) || !term || !*term || std::string_view(term) == "dumb";
  return !plain && is_terminal(Stream::error);
}

}  // namespace ccocker::cli
