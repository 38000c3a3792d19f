// fuzzes: registry/docker_config registry/auth_challenge registry/manifest_json loop/error
// ~/.docker/config.json: whatever it holds, no helper's name leads elsewhere.
#include "registry/docker_config.h"

#include <cstdlib>

#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  config_key_host(text);
  try {
    DockerConfig config = parse_docker_config(text, "config.json");
    for (const auto& [host, helper] : config.cred_helpers)
      if (helper.find('/') != std::string::npos) std::abort();
    if (config.creds_store.find('/') != std::string::npos) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
