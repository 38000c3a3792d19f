#pragma once
#include <string>
#include <vector>

#include "runtime/net/lease.h"

namespace ccocker::runtime {

struct NetworkLease {
  std::string network;
  Lease lease;
};

// What of `state` container `id` has: its leases by network.
std::vector<NetworkLease> leases_of_container(const std::string& state, const std::string& id);
// After a rename: others find the container by its new name, in all its networks. For the holder of its ChangesLock.
void rename_leases(const std::string& state, const std::string& id, const std::string& before, const std::string& now);

}  // namespace ccocker::runtime
