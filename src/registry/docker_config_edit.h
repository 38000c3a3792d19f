#pragma once
#include <string>
#include <string_view>

#include "registry/docker_config.h"

namespace ccocker::registry {

// The text of a Docker config.json with the login for `registry` put in or taken out. Everything else in it is kept, in
// its order; "" is a file that is not there. Errc::corrupt with the field when it is no such file. With `in_helper` the
// entry only says that a credential helper has the login, as Docker writes it.
std::string with_login(std::string_view config, const std::string& registry, const Credentials& credentials,
                       bool in_helper);
// `found` says whether there was an entry.
std::string without_login(std::string_view config, const std::string& registry, bool& found);

// The key of "auths" that stands for `registry` (host[:port], or docker.io).
std::string config_key(const std::string& registry);

// Where `login` writes: $DOCKER_CONFIG/config.json or ~/.docker/config.json. Errc::not_found without $HOME.
std::string docker_config_path();
// Replaces that file whole, through links to it; owner and mode stay what they were. A new one is 0600, and it and the
// directories made for it (0700) belong to whom the directory belongs that they are in: with sudo -E that is the user,
// whose docker reads it, too.
void write_docker_config(const std::string& path, std::string_view text);

}  // namespace ccocker::registry
