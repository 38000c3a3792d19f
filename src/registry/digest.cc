#include "registry/digest.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"

namespace ccocker::registry {

Digest Digest::parse(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    throw Error(Errc::invalid,
                fmt::format("digest \"{}\" has no algorithm; it should read sha256:<64 hex digits>", text));
  std::string_view algorithm = text.substr(0, colon), hex = text.substr(colon + 1);
  if (algorithm != "sha256")
    throw Error(Errc::unsupported, fmt::format("digest \"{}\" uses {}; only sha256 is supported", text, algorithm));
  auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hex.size() != 64 || !std::ranges::all_of(hex, is_hex))
    throw Error(Errc::invalid, fmt::format("digest \"{}\" should have 64 lower-case hex digits after sha256:", text));
  return Digest(std::string(hex));
}

}  // namespace ccocker::registry
