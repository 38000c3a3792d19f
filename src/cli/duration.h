#pragma once
#include <cstdint>
#include <string_view>

namespace ccocker::cli {

// "1m30s", "500ms", "1.5h", "0": a span as Go writes it, in nanoseconds. Errc::invalid names the flag.
int64_t parse_duration_ns(std::string_view flag, std::string_view text);

// A moment for --since and --until: RFC 3339, a date, seconds since 1970 with a fraction, or a span before now. In
// nanoseconds since 1970.
int64_t parse_moment_ns(std::string_view flag, std::string_view text, int64_t now_unix_ns);

}  // namespace ccocker::cli
