#pragma once
#include <string>
#include <string_view>

namespace ccocker::runtime {

// 64 hex digits from getrandom(2).
std::string random_id();
// Whether `text` is such an ID.
bool is_id(std::string_view text);

}  // namespace ccocker::runtime
