#pragma once
#include <vector>

#include "runtime/net/port_table.h"

namespace ccocker::runtime {

// Removes what the kernel's connection tracking remembers of datagrams to the published UDP ports. Such an entry
// decides where the next datagram of its client goes, before any rule, and each datagram renews it: a client that never
// stops would be led to the address that a container had before. Without nf_conntrack_netlink nothing happens.
void forget_datagram_flows(std::vector<PortMapping> mappings);

}  // namespace ccocker::runtime
