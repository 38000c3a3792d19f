#pragma once
// Small things with strings that this room shares.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ccocker::registry {

std::string_view trim(std::string_view text);  // spaces, tabs, CR and LF at both ends
std::string lower(std::string_view text);      // ASCII
// All of `text` as a decimal number; nullopt for anything else.
std::optional<uint64_t> parse_number(std::string_view text);

}  // namespace ccocker::registry
