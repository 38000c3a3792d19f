#pragma once
#include <optional>
#include <string_view>

namespace ccocker::runtime {

// "SIGTERM", "term", "15", "RTMIN+3": the signal's number, 1 to 64; nullopt for what is none.
std::optional<int> signal_number(std::string_view text);

}  // namespace ccocker::runtime
