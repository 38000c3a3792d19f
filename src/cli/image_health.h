#pragma once
#include <string_view>

#include "runtime/policies.h"

namespace ccocker::cli {

// Docker's Healthcheck object of an image's config ("" for none): {"Test": ["CMD-SHELL", "..."], "Interval": ns, ...}.
// No test, ["NONE"] and [] are no check. Errc::corrupt for anything else that is none.
runtime::HealthCheck parse_image_health(std::string_view json);

}  // namespace ccocker::cli
