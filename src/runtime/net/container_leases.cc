#include "runtime/net/container_leases.h"

#include <algorithm>

namespace ccocker::runtime {

std::vector<NetworkLease> leases_of_container(const std::string& state, const std::string& id) {
  std::vector<NetworkLease> held;
  for (const std::string& network : leased_networks(state))
    for (Lease& lease : Leases(state, network).list())
      if (lease.id == id) held.push_back({network, std::move(lease)});
  return held;
}

void rename_leases(const std::string& state, const std::string& id, const std::string& before, const std::string& now) {
  for (NetworkLease& held : leases_of_container(state, id)) {
    std::ranges::replace(held.lease.names, before, now);
    Leases(state, held.network).replace(held.lease);
  }
}

}  // namespace ccocker::runtime
