// clang-format off
// fuzzes: registry/docker_config_edit registry/docker_config registry/auth_challenge registry/manifest_json loop/error loop/sys loop/fd
// clang-format on
// ~/.docker/config.json with a login put in and taken out: what was put in is read back, and what is taken out is gone.
#include <cstdlib>

#include "loop/error.h"
#include "registry/docker_config_edit.h"

using namespace ccocker;
using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Credentials login;
  login.username = "someone";
  login.password = "pass:word";
  std::string with;
  try {
    with = with_login(text, "host:5000", login, false);
  } catch (const Error&) {
    return 0;
  }
  bool found = false;
  std::string without = without_login(with, "host:5000", found);
  if (!found) std::abort();
  if (without_login(without, "host:5000", found) != without || found) std::abort();
  try {
    DockerConfig config = parse_docker_config(with, "config.json");
    Credentials back = find_login(config, "host:5000");
    if (back.username != login.username || back.password != login.password) std::abort();
    if (!find_login(parse_docker_config(without, "config.json"), "host:5000").empty()) std::abort();
  } catch (const Error&) {  // other fields that only the reader looks at
  }
  return 0;
}
