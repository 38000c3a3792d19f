#include "registry/docker_config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "registry/auth_challenge.h"
#include "registry/manifest_json.h"

namespace ccocker::registry {
namespace {

constexpr size_t config_file_bytes_max = 4u << 20;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// "auth" is base64 of user:password. Docker fills it with zero bytes up to a fixed size at times.
void read_auth(const JsonFields& entry, Credentials& credentials) {
  std::string encoded = entry.text("auth");
  if (encoded.empty()) return;
  std::optional<std::string> plain = base64_decode(encoded);
  size_t colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos) entry.refuse("auth", "is not base64 of user:password");
  credentials.username = plain->substr(0, colon);
  credentials.password = plain->substr(colon + 1);
  while (credentials.password.ends_with('\0')) credentials.password.pop_back();
}

FileLogin read_entry(const JsonFields& entry, const std::string& where) {
  FileLogin login;
  Credentials& credentials = login.credentials;
  credentials.source = where;
  try {
    credentials.username = entry.text("username");
    credentials.password = entry.text("password");
    read_auth(entry, credentials);
    credentials.identity_token = entry.text("identitytoken");
  } catch (Error& error) {
    login = FileLogin{{}, std::move(error).in(where)};
  }
  return login;
}

std::string_view without_scheme(std::string_view key) {
  for (std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  return key;
}

// The name becomes part of a program's name: it must not lead to another directory.
void check_helper_name(const JsonFields& fields, const char* field, const std::string& name) {
  if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
    fields.refuse(field, fmt::format("names \"{}\", which is no helper's name", name));
}

}  // namespace

DockerConfig parse_docker_config(std::string_view bytes, const std::string& where) {
  Json json = parse_json_object(bytes, config_file_bytes_max, where);
  JsonFields fields(json, "");
  DockerConfig config;
  for (const auto& [key, entry] : fields.object("auths").members()) {
    FileLogin login = read_entry(entry, where);
    if (login.credentials.empty() && !login.fault) continue;  // it only says that a helper has the login
    std::string name = config_key_name(key);
    if (name == key)
      config.auths.insert_or_assign(name, std::move(login));
    else
      config.auths.emplace(name, std::move(login));
  }
  for (auto& [key, helper] : fields.text_pairs("credHelpers")) {
    check_helper_name(fields, "credHelpers", helper);
    config.cred_helpers.emplace(config_key_host(key), helper);
  }
  config.creds_store = fields.text("credsStore");
  check_helper_name(fields, "credsStore", config.creds_store);
  return config;
}

std::string config_key_host(std::string_view key) {
  key = without_scheme(key);
  std::string_view host = key.substr(0, key.find('/'));
  if (host == "index.docker.io" || host == "registry-1.docker.io") return "docker.io";
  return std::string(host);
}

std::string config_key_name(std::string_view key) {
  std::string host = config_key_host(key);
  std::string_view name = without_scheme(key);
  size_t slash = name.find('/');
  if (name != key || slash == std::string_view::npos) return host;
  std::string_view path = name.substr(slash);
  if (path == "/v1/" || path == "/v2/") return host;
  while (path.ends_with('/')) path.remove_suffix(1);
  return host + std::string(path);
}

std::vector<std::string> docker_config_paths() {
  std::vector<std::string> paths;
  if (std::string dir = environment("DOCKER_CONFIG"); !dir.empty())
    paths.push_back(dir + "/config.json");
  else if (std::string home = environment("HOME"); !home.empty())
    paths.push_back(home + "/.docker/config.json");
  if (std::string file = environment("REGISTRY_AUTH_FILE"); !file.empty()) paths.push_back(file);
  if (std::string dir = environment("XDG_RUNTIME_DIR"); !dir.empty()) paths.push_back(dir + "/containers/auth.json");
  paths.push_back(fmt::format("/run/containers/{}/auth.json", ::getuid()));
  return paths;
}

void add_logins(const DockerConfig& config, const std::string& registry, RegistryLogins& logins) {
  for (const auto& [name, login] : config.auths) {
    if (name != registry && !name.starts_with(registry + "/")) continue;
    if (login.fault && !logins.fault) logins.fault = login.fault;
    if (!login.fault)
      logins.by_path.emplace(name.substr(std::min(registry.size() + 1, name.size())), login.credentials);
  }
}

const Credentials& RegistryLogins::for_repository(std::string_view repository) const {
  static const Credentials none;
  for (;;) {
    auto found = by_path.find(std::string(repository));
    if (found != by_path.end()) return found->second;
    if (repository.empty()) return none;
    size_t slash = repository.rfind('/');
    repository = slash == std::string_view::npos ? std::string_view() : repository.substr(0, slash);
  }
}

std::string find_helper(const DockerConfig& config, const std::string& registry) {
  auto found = config.cred_helpers.find(registry);
  return found == config.cred_helpers.end() ? config.creds_store : found->second;
}

}  // namespace ccocker::registry
