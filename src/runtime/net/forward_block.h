#pragma once
#include <string>

#include "runtime/net/netlink.h"

namespace ccocker::runtime {

// What of the host's own firewall keeps packets from being forwarded, as a sentence's part: "chain FORWARD of table ip
// filter has the policy drop". No chain of ours can overrule it (nft(8): a packet must be accepted by every base
// chain). Found are policies, and rules that drop or reject whatever reaches them, of nf_tables, iptables-legacy and
// ip6tables-legacy (settle); not what verdict maps lead to. Empty: nothing.
std::string forward_block(Netlink& netfilter);
// The whole sentence about it, with what to do; empty when nothing is in the way.
std::string forward_warning();

}  // namespace ccocker::runtime
