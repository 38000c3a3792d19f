#pragma once
#include <optional>
#include <string_view>

#include "cli/value.h"

namespace ccocker::cli {

// A number literal of Go's: decimal, 0x and 0b, or with a fraction or an exponent. Nullopt for anything else, and for
// what does not fit into 64 bits.
std::optional<Value> parse_template_number(std::string_view text);

}  // namespace ccocker::cli
