#pragma once
#include <fmt/format.h>

#include <string_view>

#include "loop/error.h"

namespace ccocker::cli {

// The one sentence for a flag's value that does not parse: "--memory: '64x' is not valid: expected a size such as 64m".
[[noreturn]] inline void bad_value(std::string_view flag, std::string_view value, std::string_view expected) {
  throw Error(Errc::invalid, fmt::format("--{}: '{}' is not valid: expected {}", flag, value, expected));
}

}  // namespace ccocker::cli
