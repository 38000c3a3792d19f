#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/net/address.h"

namespace ccocker::runtime {

// The "nameserver" addresses of a resolv.conf(5), in order; a link-local one as "fe80::1%eth0".
std::vector<std::string> name_servers_in(std::string_view resolv_conf);
// Where to ask such a server, from the host: nullopt for what is none, or when there is no such link any more.
std::optional<SocketAddress> name_server_at(std::string_view server, uint16_t port);

// The host's name servers, for questions asked from the host itself: loopback and link-local ones are good there.
std::vector<std::string> host_name_servers();

// The host's name servers for a container that asks them itself: none that is behind a link of the host, and a loopback
// one (systemd-resolved, dnsmasq) is replaced by those it forwards to. Empty when none can be reached from inside.
std::vector<std::string> reachable_name_servers();

}  // namespace ccocker::runtime
