#pragma once
#include <string>
#include <vector>

#include "runtime/net/forwarding.h"
#include "runtime/net/netlink.h"
#include "runtime/net/network.h"

namespace ccocker::runtime {

// What the links and tables of a --root are marked with: "ccocker" for the usual one, "ccocker-" and a number for
// others, so that two roots never touch each other's.
std::string mark_of(const std::string& root);

// The one table of rules for all networks of a --root, as nft(8) reads it: what leaves a bridge is masqueraded; into a
// network comes only what belongs to a connection from inside or to a published port; internal networks have no way
// out; nothing goes between links that are `closed`. The table is replaced whole, in one transaction. No networks: the
// table goes.
std::string firewall_rules(const std::string& table, const std::vector<Network>& networks, const ClosedLinks& closed);

// Sets those rules through libnftables, which is loaded for it. Errc::unsupported when it or the kernel's part is
// missing.
void set_firewall(const std::string& table, const std::vector<Network>& networks, const ClosedLinks& closed);

// Whether the table is there: one question to the kernel, without libnftables.
bool has_firewall(Netlink& netfilter, const std::string& table);

// A NETLINK_NETFILTER socket. Errc::unsupported when the kernel has none.
Netlink open_netfilter();

}  // namespace ccocker::runtime
