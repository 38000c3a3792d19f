#pragma once
#include <string_view>

#include "cli/value.h"

namespace ccocker::cli {

// JSON as a tree of maps, with members in the document's order. Errc::corrupt, with `what` it is, for anything else.
Value parse_json(std::string_view text, std::string_view what);

}  // namespace ccocker::cli
