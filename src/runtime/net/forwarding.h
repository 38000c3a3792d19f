#pragma once
#include <string>
#include <vector>

#include "runtime/net/link.h"

namespace ccocker::runtime {

// The host's forwarding of packets between its links (ip-sysctl: net.ipv4.ip_forward, net.ipv6.conf.all.forwarding).

// The links that the host had when ccocker switched forwarding on, by index: nothing went from one of them to another
// until then, and nothing must from then on. Links that come later are their makers' business.
struct ClosedLinks {
  std::vector<unsigned> ipv4, ipv6;
};
ClosedLinks load_closed_links(const std::string& state);  // none where the host forwarded before us

// Notes down which links are to be closed, of the kinds that the host does not forward yet. Before the rules are set,
// and those before forwarding is switched on: there is no moment in which the host is open.
void note_closed_links(Netlink& host, const std::string& state);
// Lets the host forward packets of both kinds where it does not yet, and says so.
void switch_on_forwarding();
// Whether somebody has switched off what containers need.
bool forwarding_is_off(bool needs_ipv6);

bool host_has_ipv6();

}  // namespace ccocker::runtime
