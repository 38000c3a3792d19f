#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/net/firewall_rule.h"
#include "runtime/net/netlink.h"

namespace ccocker::runtime {

// A base chain of nf_tables that forwarded packets go through.
struct ForwardChain {
  uint8_t family;  // NFPROTO_IPV4, NFPROTO_IPV6 or NFPROTO_INET
  std::string table, name;
  bool policy_drops;
};

// Of the network namespace of `netfilter`, in the kernel's order.
std::vector<ForwardChain> forward_chains(Netlink& netfilter);
// The rules of `chain`, one of the same table as `base`, which itself ends with its policy.
std::vector<FirewallRule> rules_of(Netlink& netfilter, const ForwardChain& base, const std::string& chain);

}  // namespace ccocker::runtime
