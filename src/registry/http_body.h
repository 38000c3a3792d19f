#pragma once
#include <chrono>
#include <string>

#include "registry/http.h"

namespace ccocker::registry {

// The whole body of an answer. Longer than `bytes_max` fails with Errc::corrupt.
Task<std::expected<std::string, HttpFailure>> read_body(Transfer& transfer, size_t bytes_max);

// "retrying in 2.0 s: why"
std::string retry_note(std::chrono::milliseconds pause, const std::string& why);

}  // namespace ccocker::registry
