#pragma once
#include <string>

#include "loop/task.h"
#include "runtime/net/lease.h"
#include "runtime/net/networks.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// A container's place on a network.
struct Place {
  ReadyNetwork ready;
  Lease lease;
};

// The container, as others on the network find it.
struct PlaceOwner {
  std::string id, name, hostname;
};

// What it wants there, before it has an address: names, links, what was asked for. `index` counts its interfaces.
Lease wanted_lease(const NetworkEndpoint& wanted, const PlaceOwner& owner, unsigned index);
// Brings the network up and takes an address on it for `lease`, as `wanted`; those of dead containers are freed first
// where it would fail otherwise. The network stands as long as the lease is held.
Task<Place> take_place(Networks networks, std::string state, NetworkEndpoint wanted, Lease lease, Netlink& host);

// What a lease looks like as links; `leads_out`: with the default route.
Endpoint endpoint_of(const Place& place, bool leads_out);

}  // namespace ccocker::runtime
