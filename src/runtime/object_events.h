#pragma once
// What the event log hears of networks and volumes, with Docker's actions and attributes.
#include <map>
#include <string>
#include <vector>

#include "runtime/net/network.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// "create", "destroy", and with a container's ID "connect" and "disconnect".
void record_network_event(const std::string& state, const char* action, const Network& network,
                          const std::string& container = {}) noexcept;
// "disconnect" of each network by name; of those that have no record any more nobody hears.
void record_disconnects(const std::string& root, const std::string& state, const std::vector<std::string>& networks,
                        const std::string& container) noexcept;

// "create", "destroy", "mount", "unmount".
void record_volume_event(const std::string& state, const char* action, const std::string& name,
                         const std::map<std::string, std::string>& more = {}) noexcept;
// "mount" or "unmount" of each volume among a container's mounts.
void record_volume_mounts(const std::string& state, const char* action, const Spec& spec,
                          const std::string& container) noexcept;

}  // namespace ccocker::runtime
