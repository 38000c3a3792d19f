#pragma once
// How registries say which bytes of a blob an answer holds, or which they have.
#include <cstdint>
#include <optional>
#include <string_view>

namespace ccocker::registry {

// "bytes 5-9/10" of a Content-Range header.
struct ContentRange {
  uint64_t first, last;
  std::optional<uint64_t> total;
};
std::optional<ContentRange> parse_content_range(std::string_view value);

// "0-1023" or "bytes=0-1023", the Range header of an upload: how many bytes of it are there.
std::optional<uint64_t> parse_upload_range(std::string_view value);

}  // namespace ccocker::registry
