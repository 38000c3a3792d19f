#pragma once
// --network, --add-host, --dns, --hostname.
#include <string>
#include <string_view>
#include <utility>

#include "cli/options.h"
#include "runtime/spec.h"

namespace ccocker::cli {

// One --network: none, host, bridge, container:NAME, a network's name, or
// "name=NET,alias=A,ip=..,ip6=..,mac-address=..". Given several times, the container is on all of them.
void add_network(std::string_view text, runtime::Spec& spec);
// A network's name: letters, digits, '_', '.' and '-'.
std::string parse_network_name(std::string_view flag, std::string_view text);
std::string parse_mac_address(std::string_view flag, std::string_view text);
// Refuses flags that do not go with the chosen network, and puts --ip, --ip6, --mac-address and --network-alias where
// they belong: `spec` has the default network when none was named.
void settle_network(const Flags& flags, runtime::Spec& spec);
// "name:address" or "name=address", IPv4 or IPv6 (also in brackets), or "host-gateway"; gives name and address.
std::pair<std::string, std::string> parse_add_host(std::string_view text);
// An IPv4 or IPv6 address, given back.
std::string parse_address(std::string_view flag, std::string_view text);
// Letters, digits, '-', '_' and '.', at most 64 bytes (HOST_NAME_MAX of sethostname(2)).
std::string parse_hostname(std::string_view text);
// One word for resolv.conf: no spaces, no control characters.
std::string parse_resolver_word(std::string_view flag, std::string_view text);

}  // namespace ccocker::cli
