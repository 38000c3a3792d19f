// clang-format off
// fuzzes: registry/docker_config_edit registry/docker_config registry/auth_challenge registry/manifest_json loop/error loop/sys loop/fd
// clang-format on
// ~/.docker/config.json with a login put in and taken out: what was put in is read back, and what is taken out is gone.
#include <cstdlib>

#include "loop/error.h"
#include "registry/docker_config_edit.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

Credentials login_in(const std::string& text) {
  RegistryLogins logins;
  add_logins(parse_docker_config(text, "config.json"), "host:5000", logins);
  return logins.for_repository("");
}

}  // namespace

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
    Credentials back = login_in(with);
    if (back.username != login.username || back.password != login.password) std::abort();
    if (!login_in(without).empty()) std::abort();
  } catch (const Error&) {  // other fields that only the reader looks at
  }
  return 0;
}
