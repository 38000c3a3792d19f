#pragma once
#include <span>
#include <string_view>

namespace ccocker::cli {

// How many single-character edits (insert, delete, replace, swap of neighbours) turn one word into the other.
size_t edit_distance(std::string_view from, std::string_view to);

// The known word nearest to what was typed, empty when none is near enough to be meant.
std::string_view closest(std::string_view typed, std::span<const std::string_view> known);

}  // namespace ccocker::cli
