#pragma once
// Small things with strings that the commands share.
#include <string>
#include <string_view>
#include <vector>

#include "registry/text.h"

namespace ccocker::cli {

// Splits at every `separator`; "" gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);
std::vector<std::string> split(std::string_view text, std::string_view separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
using registry::lower;
using registry::trim;
std::string upper(std::string_view text);  // ASCII
bool is_number(std::string_view text);  // one or more decimal digits

// Terminal columns of UTF-8 text: one a code point, as Docker's tables count.
size_t columns(std::string_view text);
// At most `columns_max` columns, the last one an ellipsis where something was cut.
std::string ellipsis(std::string_view text, size_t columns_max);
// Control characters, C1 controls and broken UTF-8 made visible ("\x1b", U+FFFD): what images and registries say must
// not drive the terminal.
std::string printable(std::string_view text);
// A JSON string literal; broken UTF-8 becomes U+FFFD.
std::string json_quote(std::string_view text);

}  // namespace ccocker::cli
