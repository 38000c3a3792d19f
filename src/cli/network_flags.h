#pragma once
// --network, --add-host, --dns, --hostname.
#include <string>
#include <string_view>
#include <utility>

#include "runtime/spec.h"

namespace ccocker::cli {

// "none" or "host". Errc::unsupported for the modes that Docker has and this version does not.
runtime::NetworkMode parse_network(std::string_view text);
// "name:address" or "name=address", IPv4 or IPv6 (also in brackets); gives name and address.
std::pair<std::string, std::string> parse_add_host(std::string_view text);
// An IPv4 or IPv6 address, given back.
std::string parse_address(std::string_view flag, std::string_view text);
// Letters, digits, '-', '_' and '.', at most 64 bytes (HOST_NAME_MAX of sethostname(2)).
std::string parse_hostname(std::string_view text);
// One word for resolv.conf: no spaces, no control characters.
std::string parse_resolver_word(std::string_view flag, std::string_view text);

}  // namespace ccocker::cli
