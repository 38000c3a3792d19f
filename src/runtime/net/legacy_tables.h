#pragma once
#include <map>
#include <string>
#include <vector>

#include "runtime/net/firewall_rule.h"

namespace ccocker::runtime {

// A filter table of x_tables, by chain; built-in chains end with their policy.
struct LegacyTable {
  std::string name;  // of the program that edits it: iptables-legacy, ip6tables-legacy
  std::map<std::string, std::vector<FirewallRule>> chains;
};

// Those of IPv4 and IPv6 that the network namespace has. Errors: none; one that we may not read is left out.
std::vector<LegacyTable> legacy_filter_tables();

}  // namespace ccocker::runtime
