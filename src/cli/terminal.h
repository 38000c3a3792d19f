#pragma once
#include <cstddef>

namespace ccocker::cli {

enum class Stream { in, out, error };

bool is_terminal(Stream stream);

struct WindowSize {
  size_t columns = 80, rows = 24;
};
WindowSize error_window();  // of standard error's terminal, 80 by 24 when it does not say

// True when standard error is a terminal that moves its cursor: not TERM=dumb, and no NO_COLOR.
bool can_animate();

}  // namespace ccocker::cli
