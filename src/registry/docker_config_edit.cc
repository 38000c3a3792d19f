#include "registry/docker_config_edit.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/auth_challenge.h"

namespace ccocker::registry {
namespace {

using nlohmann::ordered_json;

ordered_json parse_config(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return ordered_json::object();
  ordered_json config = ordered_json::parse(text, nullptr, false);
  if (!config.is_object()) throw Error(Errc::corrupt, "it is not a JSON object");
  auto auths = config.find("auths");
  if (auths != config.end() && auths->is_null()) config.erase(auths);
  if (config.contains("auths") && !config["auths"].is_object())
    throw Error(Errc::corrupt, "field \"auths\" should be an object");
  return config;
}

// As Docker writes it: indented by tabs.
std::string text_of(const ordered_json& config) {
  return config.dump(1, '\t', false, ordered_json::error_handler_t::replace);
}

// A host may be written in several ways, with a scheme or a path: all of them are this registry.
bool erase_keys(ordered_json& auths, const std::string& registry) {
  bool found = false;
  for (auto it = auths.begin(); it != auths.end();) {
    bool same = config_key_host(it.key()) == registry;
    found = found || same;
    it = same ? auths.erase(it) : std::next(it);
  }
  return found;
}

}  // namespace

std::string config_key(const std::string& registry) {
  return registry == "docker.io" ? "https://index.docker.io/v1/" : registry;
}

std::string with_login(std::string_view text, const std::string& registry, const Credentials& credentials,
                       bool in_helper) {
  ordered_json config = parse_config(text);
  ordered_json& auths = config["auths"];
  if (auths.is_null()) auths = ordered_json::object();
  erase_keys(auths, registry);
  ordered_json entry = ordered_json::object();
  if (!in_helper) entry["auth"] = base64_encode(credentials.username + ":" + credentials.password);
  auths[config_key(registry)] = std::move(entry);
  return text_of(config);
}

std::string without_login(std::string_view text, const std::string& registry, bool& found) {
  ordered_json config = parse_config(text);
  found = config.contains("auths") && erase_keys(config["auths"], registry);
  return text_of(config);
}

std::string docker_config_path() {
  const char* dir = std::getenv("DOCKER_CONFIG");
  if (dir && *dir) return std::string(dir) + "/config.json";
  const char* home = std::getenv("HOME");
  if (home && *home) return std::string(home) + "/.docker/config.json";
  throw Error(Errc::not_found, "there is no place for logins: neither $DOCKER_CONFIG nor $HOME is set");
}

void write_docker_config(const std::string& path, std::string_view text) {
  std::string target = path;
  if (char* real = ::realpath(path.c_str(), nullptr)) {
    target = real;
    std::free(real);
  }
  size_t slash = target.rfind('/');
  std::string dir = target.substr(0, slash), name = target.substr(slash + 1);
  sys::mkdirs(dir, 0700);
  sys::write_file_atomically(sys::open_dir(sys::cwd(), dir), name, text, 0600);
}

}  // namespace ccocker::registry
