#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loop/error.h"

namespace ccocker::registry {

// What someone logs in to a registry with. An identity token takes the place of a password.
struct Credentials {
  std::string username, password, identity_token;
  std::string source;  // where they come from, for messages
  bool empty() const { return username.empty() && password.empty() && identity_token.empty(); }
};

// All that is known of logins to one registry. Each is kept by the part of it that it is for: "" is all of it, "org"
// and "org/app" are repositories and all below them (containers-auth.json(5)).
struct RegistryLogins {
  std::map<std::string, Credentials> by_path;
  std::optional<Error> fault;  // the first file or helper that could not be asked

  // The most specific one; empty when there is none.
  const Credentials& for_repository(std::string_view repository) const;
};

// A login as a file has it; one that does not parse is a fault only for who wants it.
struct FileLogin {
  Credentials credentials;
  std::optional<Error> fault;
};

// ~/.docker/config.json and podman's auth.json: logins by registry host, and programs that keep them.
struct DockerConfig {
  std::map<std::string, FileLogin> auths;           // by host[:port][/PATH]; docker.io for the default registry
  std::map<std::string, std::string> cred_helpers;  // host -> X of docker-credential-X
  std::string creds_store;                          // X for all hosts
};

// Errc::corrupt with the field; `where` is the file, for the credentials' source.
DockerConfig parse_docker_config(std::string_view bytes, const std::string& where);

// What a key of "auths" is about: "https://index.docker.io/v1/" -> "docker.io", "host:5000/org" as it is. A path behind
// a scheme, or one that is an API's (/v1/, /v2/), is no part of it.
std::string config_key_name(std::string_view key);
// The host alone.
std::string config_key_host(std::string_view key);

// Files that may hold logins, in the order they are asked: $DOCKER_CONFIG/config.json or ~/.docker/config.json, then
// $REGISTRY_AUTH_FILE, then podman's below $XDG_RUNTIME_DIR or /run.
std::vector<std::string> docker_config_paths();

// Adds what the file has for `registry` (host[:port], or docker.io) to what others have said already.
void add_logins(const DockerConfig& config, const std::string& registry, RegistryLogins& logins);
// The helper to ask for `registry`; empty when there is none.
std::string find_helper(const DockerConfig& config, const std::string& registry);

}  // namespace ccocker::registry
