#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::runtime {

// The "nameserver" addresses of a resolv.conf(5), in order.
std::vector<std::string> name_servers_in(std::string_view resolv_conf);

// The host's name servers, for questions asked from the host itself: loopback ones are good there.
std::vector<std::string> host_name_servers();

// The host's name servers for a container that asks them itself: a loopback one (systemd-resolved, dnsmasq) is replaced
// by those it forwards to. Empty when none can be reached from inside.
std::vector<std::string> reachable_name_servers();

}  // namespace ccocker::runtime
