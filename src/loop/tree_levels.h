#pragma once
#include <cstddef>
#include <string_view>

namespace ccocker {

// Directories below each other that anything but a removal goes down, in trees that containers and layers made: each
// costs descriptors and some stack. Deep enough for anything real; deeper trees are made to break tools.
constexpr size_t tree_levels_max = 512;

// Errc::unsupported for a path, relative to a tree's top, that is deeper than that.
void require_walkable(std::string_view path);

}  // namespace ccocker
