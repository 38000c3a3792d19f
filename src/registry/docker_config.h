#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::registry {

// What someone logs in to a registry with. An identity token takes the place of a password.
struct Credentials {
  std::string username, password, identity_token;
  std::string source;  // where they come from, for messages
  bool empty() const { return username.empty() && password.empty() && identity_token.empty(); }
};

// ~/.docker/config.json and podman's auth.json: logins by registry host, and programs that keep them.
struct DockerConfig {
  std::map<std::string, Credentials> auths;         // by host[:port]; docker.io for the default registry
  std::map<std::string, std::string> cred_helpers;  // host -> X of docker-credential-X
  std::string creds_store;                          // X for all hosts
};

// Errc::corrupt with the field; `where` is the file, for the credentials' source.
DockerConfig parse_docker_config(std::string_view bytes, const std::string& where);

// The host that a key of "auths" is about: "https://index.docker.io/v1/" -> "docker.io".
std::string config_key_host(std::string_view key);

// Files that may hold logins, in the order they are asked: $DOCKER_CONFIG/config.json or ~/.docker/config.json, then
// $REGISTRY_AUTH_FILE, then podman's below $XDG_RUNTIME_DIR or /run.
std::vector<std::string> docker_config_paths();

// The login for `registry` (host[:port], or docker.io) without asking helpers; empty when there is none.
Credentials find_login(const DockerConfig& config, const std::string& registry);
// The helper to ask for `registry`; empty when there is none.
std::string find_helper(const DockerConfig& config, const std::string& registry);

}  // namespace ccocker::registry
