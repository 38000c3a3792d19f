#pragma once
#include <string>

#include "loop/task.h"
#include "registry/docker_config.h"

namespace ccocker::registry {

// Runs `docker-credential-NAME get` from $PATH with the registry's key on its standard input, for 30 s at most. Empty
// credentials when it knows none; Errc::not_found when there is no such program, failed or timed_out otherwise.
Task<Credentials> ask_credential_helper(std::string name, std::string registry);

// The same program's `store` and `erase`.
Task<void> store_in_credential_helper(std::string name, std::string registry, Credentials credentials);
Task<void> erase_from_credential_helper(std::string name, std::string registry);

// The logins for `registry` from the files and helpers of the user. What cannot be asked is a fault in the answer.
Task<RegistryLogins> find_logins(std::string registry);
// The one for the registry as a whole; empty when there is none. Throws the fault when there may be one.
Task<Credentials> find_credentials(std::string registry);

}  // namespace ccocker::registry
