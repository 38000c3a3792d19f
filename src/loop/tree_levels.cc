#include "loop/tree_levels.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"

namespace ccocker {

void require_walkable(std::string_view path) {
  if (static_cast<size_t>(std::ranges::count(path, '/')) < tree_levels_max) return;
  constexpr size_t shown_bytes = 60;
  throw Error(Errc::unsupported, fmt::format("{}... is deeper than {} directories; move what is needed of it further up",
                                             path.substr(0, shown_bytes), tree_levels_max));
}

}  // namespace ccocker
