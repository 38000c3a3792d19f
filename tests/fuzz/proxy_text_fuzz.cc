// fuzzes: registry/proxy_text registry/text
// What the environment says of proxies: a password is never shown, and a list that takes everybody out takes each out.
#include "registry/proxy_text.h"

#include <cstdlib>

using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  for (const char* host : {"registry.example.com", "10.1.2.3", "[fd00::1]"}) {
    is_in_no_proxy(text, host, "443");
    if (!is_in_no_proxy(text + ",*", host, "443")) std::abort();
    is_in_no_proxy("example.com:443", text, "443");
  }
  shown_proxy(text);
  if (text.find('@') == std::string::npos && shown_proxy("http://me:s3cret" + text + "@proxy") != "http://me@proxy")
    std::abort();
  return 0;
}
