#include "registry/http_proxy.h"

#include <cstdlib>
#include <initializer_list>

#include "registry/proxy_text.h"

namespace ccocker::registry {
namespace {

// The first of these variables that holds something.
std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value && *value) return value;
  return {};
}

}  // namespace

std::string proxy_for(const UrlOrigin& origin) {
  if (is_loopback_host(origin.host)) return {};
  if (is_in_no_proxy(first_set({"no_proxy", "NO_PROXY"}), origin.host, origin.port)) return {};
  if (origin.scheme == "https") return first_set({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  return first_set({"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"});
}

}  // namespace ccocker::registry
