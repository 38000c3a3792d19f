#pragma once
#include <string>
#include <vector>

#include "loop/task.h"
#include "registry/docker_config.h"

namespace ccocker::registry {

struct LoginOptions {
  std::vector<std::string> insecure_registries;
  std::string ca_file;
};

// Asks the registry (host[:port], or docker.io) whether it takes the login. Errc::denied when it does not.
Task<void> check_login(std::string registry, Credentials credentials, LoginOptions options);

// Where a login was put.
struct KeptLogin {
  std::string helper;  // docker-credential-X, empty for the file
  std::string file;
};
// Keeps it as Docker does: in the credential helper that the user's configuration names for the registry, else in the
// configuration itself.
Task<KeptLogin> keep_login(std::string registry, Credentials credentials);
// False when there was none.
Task<bool> forget_login(std::string registry);

}  // namespace ccocker::registry
