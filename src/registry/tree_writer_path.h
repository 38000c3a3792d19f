#pragma once
#include <string>
#include <string_view>

#include "loop/tree_levels.h"

namespace ccocker::registry {

constexpr size_t path_bytes_max = 4096;  // PATH_MAX: nobody could name a longer one
constexpr size_t path_components_max = tree_levels_max;

// A name in a tar, made relative to the layer's root as Docker does it: leading slashes, "." and doubled slashes go,
// ".." takes back one component. The root itself is "". Errc::corrupt when ".." leaves the root or the path is too
// long.
std::string clean_path(std::string_view name);

std::string_view parent_of(std::string_view path);     // "a/b" of "a/b/c"; "" at the top
std::string_view base_name_of(std::string_view path);  // "c"

// A name for an error message: bytes that are not printable UTF-8 as \xNN, at most 200 characters.
std::string printable_name(std::string_view name);

}  // namespace ccocker::registry
