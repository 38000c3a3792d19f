#pragma once
#include <cstdint>

namespace ccocker::runtime {

enum class OutputStream : uint8_t { out, err };  // a terminal's output is `out`

}  // namespace ccocker::runtime
