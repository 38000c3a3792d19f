#include "registry/login.h"

#include "loop/error.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "registry/client.h"
#include "registry/credential_helper.h"
#include "registry/docker_config_edit.h"

namespace ccocker::registry {
namespace {

std::string read_config(const std::string& path) { return sys::read_file_if_exists(sys::cwd(), path).value_or(""); }

DockerConfig parse(const std::string& text, const std::string& path) {
  return text.empty() ? DockerConfig{} : parse_docker_config(text, path);
}

Task<RegistryLogins> give(Credentials credentials) {
  RegistryLogins logins;
  logins.by_path.emplace("", std::move(credentials));
  co_return logins;
}

}  // namespace

Task<void> check_login(std::string registry, Credentials credentials, LoginOptions options) {
  Http http;
  ClientContext context(http, TlsPolicies(options.insecure_registries, options.ca_file));
  context.retry.attempts_max = 2;  // somebody waits for the answer
  context.find_logins = [credentials](const std::string&) { return give(credentials); };
  Client client(std::move(context));
  std::vector<Task<void>> background;
  background.push_back(http.run());
  Task<void> work = until(client.check_login(std::move(registry)), std::move(background));
  co_await work;
}

Task<KeptLogin> keep_login(std::string registry, Credentials credentials) {
  KeptLogin kept;
  kept.file = docker_config_path();
  std::string text = read_config(kept.file);
  kept.helper = find_helper(parse(text, kept.file), registry);
  bool in_helper = !kept.helper.empty();
  if (in_helper) co_await store_in_credential_helper(kept.helper, registry, credentials);
  try {
    write_docker_config(kept.file, with_login(text, registry, credentials, in_helper));
  } catch (Error& error) {
    throw std::move(error).in(kept.file);
  }
  co_return kept;
}

Task<bool> forget_login(std::string registry) {
  std::string path = docker_config_path(), text = read_config(path);
  std::string helper = find_helper(parse(text, path), registry);
  bool found = false;
  if (!helper.empty()) {
    Credentials kept = co_await ask_credential_helper(helper, registry);
    found = !kept.empty();
    if (found) co_await erase_from_credential_helper(helper, registry);
  }
  if (text.empty()) co_return found;
  try {
    bool in_file = false;
    std::string without = without_login(text, registry, in_file);
    if (in_file) write_docker_config(path, without);
    found = found || in_file;
  } catch (Error& error) {
    throw std::move(error).in(path);
  }
  co_return found;
}

}  // namespace ccocker::registry
