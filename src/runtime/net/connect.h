#pragma once
#include <string>

#include "loop/task.h"
#include "runtime/container.h"
#include "runtime/net/container_leases.h"
#include "runtime/net/networks.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// Puts a container on one more network, at once when it runs, and at its next start. Errc::conflict when it is on it
// already, Errc::invalid when it shares another's network or has none.
Task<void> connect_container(std::string root, std::string state, std::string id, NetworkEndpoint wanted);
// Takes it off. Errc::not_found when it is not on it. What went through that network, the default route and published
// ports, goes through its next one that leads out, and ends when there is none; a connect brings it back.
Task<void> disconnect_container(std::string root, std::string state, std::string id, std::string network);

}  // namespace ccocker::runtime
