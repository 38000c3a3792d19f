#pragma once
#include <string>
#include <vector>

#include "runtime/net/link.h"
#include "runtime/net/network.h"

namespace ccocker::runtime {

// Whether packets between containers of one bridge pass the host's forward chains too (br_netfilter).
bool bridged_packets_are_forwarded();

// Why a range cannot be used on this host ("172.29.0.0/16 is routed through eth1"); empty when it can.
struct RangeConflict {
  std::string why;
  bool with_ours = false;  // with another bridge of ccocker, such as that of another --root
};
RangeConflict range_conflict(Netlink& host, const Subnet& subnet, const std::vector<Network>& others,
                             const std::string& own_bridge);

// The first private range that nothing on this host uses: 172.29.0.0/16, then others of that size. `moved` says why
// the usual one was not taken, empty when it was or when only ccocker's own bridges are in its place.
Subnet free_range(Netlink& host, const std::vector<Network>& others, std::string& moved);
Subnet random_ula();  // fdxx:xxxx:xxxx:xxxx::/64 (RFC 4193)

}  // namespace ccocker::runtime
