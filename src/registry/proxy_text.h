#pragma once
#include <string>

namespace ccocker::registry {

// Whether a no_proxy list takes this host (in lower case) and port out: names with all below them, addresses,
// address/bits, each with or without a port, or "*"; between commas or blanks. What does not parse names nobody.
bool is_in_no_proxy(const std::string& no_proxy, const std::string& host, const std::string& port);

// A proxy's URL fit for messages: without its password.
std::string shown_proxy(const std::string& proxy);

}  // namespace ccocker::registry
