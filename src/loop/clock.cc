#include "loop/clock.h"

#include <time.h>

namespace ccocker {

int64_t now_unix_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace ccocker
