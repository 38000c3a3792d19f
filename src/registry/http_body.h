#pragma once
#include <string>

#include "registry/http.h"

namespace ccocker::registry {

// The whole body of an answer. Longer than `bytes_max` fails with Errc::corrupt.
Task<std::expected<std::string, HttpFailure>> read_body(Transfer& transfer, size_t bytes_max);

}  // namespace ccocker::registry
