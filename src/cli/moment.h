#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ccocker::cli {

// A moment as --filter until= and --since take it: a span before `now` in Go's spelling (10m, 1h30m), RFC 3339 with or
// without a time and zone (local then), or seconds since 1970. Errc::invalid names `flag`.
int64_t parse_moment(std::string_view flag, std::string_view text, int64_t now_unix_s);

}  // namespace ccocker::cli
