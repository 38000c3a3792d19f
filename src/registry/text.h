#pragma once
// Small things with strings that this room shares.
#include <string>
#include <string_view>

namespace ccocker::registry {

std::string_view trim(std::string_view text);  // spaces, tabs, CR and LF at both ends
std::string lower(std::string_view text);      // ASCII

}  // namespace ccocker::registry
