#pragma once
// Points in time as Docker prints them, in nanoseconds since 1970. cli/duration.h reads them.
#include <cstdint>
#include <string>

namespace ccocker::cli {

// "2026-11-22T02:39:54.123Z": UTC, a fraction as long as it needs to be. Docker's "0001-01-01T00:00:00Z" for 0.
std::string rfc3339_utc(int64_t unix_ns);
// "2026-11-22T03:39:54.123000000+01:00": the local zone, always nine digits.
std::string rfc3339_local(int64_t unix_ns);

}  // namespace ccocker::cli
