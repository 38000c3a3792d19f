// fuzzes: registry/docker_config registry/auth_challenge registry/manifest_json loop/error
// ~/.docker/config.json: whatever it holds, no helper's name leads elsewhere, and each login is found by its own path.
#include "registry/docker_config.h"

#include <cstdlib>

#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // A repository's key is its registry's, or below it.
  std::string host = config_key_host(text), name = config_key_name(text);
  if (name != host && !name.starts_with(host + "/")) std::abort();
  try {
    DockerConfig config = parse_docker_config(text, "config.json");
    for (const auto& [key, helper] : config.cred_helpers)
      if (helper.find('/') != std::string::npos) std::abort();
    for (const auto& [key, login] : config.auths) {
      RegistryLogins logins;
      add_logins(config, config_key_host(key), logins);
      for (const auto& [path, credentials] : logins.by_path)
        if (logins.for_repository(path).username != credentials.username) std::abort();
    }
    if (config.creds_store.find('/') != std::string::npos) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
