#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ccocker::cli {

// "2 minutes", "About an hour": a span in the words and roundings of Docker's units.HumanDuration.
std::string human_duration(int64_t seconds);
// "2 minutes ago"; "N/A" when `then` is 0 or before.
std::string ago(int64_t then_unix_s, int64_t now_unix_s);
// "2026-11-22 02:39:54 +0000 UTC" in the local time zone, as Go prints a time; "N/A" for 0.
std::string local_time(int64_t unix_s);
// Seconds since 1970 of an RFC 3339 time with any fraction and offset; nullopt when it does not parse.
std::optional<int64_t> parse_rfc3339(std::string_view text);
// The same in nanoseconds; years beyond what they can count are the last one there is.
std::optional<int64_t> parse_rfc3339_ns(std::string_view text);

}  // namespace ccocker::cli
