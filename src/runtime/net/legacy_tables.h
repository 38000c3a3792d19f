#pragma once
#include <string>

namespace ccocker::runtime {

// What of iptables-legacy's IPv4 filter table keeps packets from being forwarded, as forward_block says it.
std::string legacy_forward_block();

}  // namespace ccocker::runtime
