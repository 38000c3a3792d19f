#pragma once
#include <string>

#include "registry/http.h"

namespace ccocker::registry {

// The proxy that requests to `origin` go through, as the environment has it; "" for none. The variables are libcurl's
// (https_proxy, http_proxy, all_proxy; capitals, too) and also HTTP_PROXY, which libcurl leaves out as a CGI precaution
// and Docker's users set. As in Go no request to this machine itself goes to a proxy.
std::string proxy_for(const UrlOrigin& origin);

}  // namespace ccocker::registry
