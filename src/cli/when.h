#pragma once
// Points in time as Docker prints and reads them, in nanoseconds since 1970.
#include <cstdint>
#include <string>
#include <string_view>

namespace ccocker::cli {

int64_t now_unix_ns();
// "2026-11-22T02:39:54.123Z": UTC, a fraction as long as it needs to be. Docker's "0001-01-01T00:00:00Z" for 0.
std::string rfc3339_utc(int64_t unix_ns);
// "2026-11-22T03:39:54.123000000+01:00": the local zone, always nine digits.
std::string rfc3339_local(int64_t unix_ns);

// --since and --until: an RFC 3339 time, also without zone (then local) or with the day only, seconds since 1970 with
// a fraction, or how long ago ("10m", "1h30m"). Errc::invalid names `flag`.
int64_t parse_when(std::string_view flag, std::string_view text, int64_t now_ns);

}  // namespace ccocker::cli
