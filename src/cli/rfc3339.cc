#include "cli/rfc3339.h"

#include <fmt/format.h>
#include <time.h>

namespace ccocker::cli {

std::string now_rfc3339() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts;
  ::gmtime_r(&now.tv_sec, &parts);
  char text[32];
  ::strftime(text, sizeof text, "%FT%T", &parts);
  return fmt::format("{}.{:09}Z", text, now.tv_nsec);
}

}  // namespace ccocker::cli
