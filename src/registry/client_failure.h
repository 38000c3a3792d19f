#pragma once
#include <cstddef>
#include <string_view>

#include "registry/http.h"
#include "registry/reference.h"
#include "registry/retry.h"

namespace ccocker::registry {

// As much of an explanation as is read.
constexpr size_t failure_body_bytes_max = 64u << 10;

// What a status that is no success means to the person who asked for `reference`. `body` is the registry's explanation.
Failure explain_status(const Reference& reference, const HttpHead& head, std::string_view body);

}  // namespace ccocker::registry
