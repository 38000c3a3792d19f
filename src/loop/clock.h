#pragma once
#include <cstdint>

namespace ccocker {

// This moment in nanoseconds since 1970, by the clock that files and records are dated with (CLOCK_REALTIME).
int64_t now_unix_ns();

}  // namespace ccocker
