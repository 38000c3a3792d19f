#pragma once
#include <optional>
#include <string>

#include "registry/http_failure.h"

namespace ccocker::registry {

// What a proxy did to a request for `server`: it cannot be reached, or lets nothing through. Nullopt when the failure
// is not the proxy's. What it refuses (407, 403) is Errc::denied and final.
std::optional<HttpFailure> explain_proxy_failure(const CurlFailure& failure, const std::string& server);

}  // namespace ccocker::registry
