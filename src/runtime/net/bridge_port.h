#pragma once
#include <string>

#include "runtime/net/netlink.h"

namespace ccocker::runtime {

// Takes a container's link off its bridge, so that nothing reaches it any more nor comes from it, however long its
// namespace still lives. Quick where removing a link is not: no grace period of RCU is waited for. Absence is fine.
void take_off_bridge(Netlink& host, const std::string& link);

}  // namespace ccocker::runtime
