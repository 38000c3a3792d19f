#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/spec.h"

namespace ccocker::runtime {

// A sysctl's name with dots as separators. As sysctl(8) it takes slashes, too, and where the first separator is one,
// dots belong to the names: "net/ipv4/conf/eth0.1/forwarding". Errc::invalid for what is not in a namespace the
// container has of its own: it would change the host.
std::string sysctl_name(std::string_view text, const Spec& spec);
// Its file below /proc, by the same rules.
std::string sysctl_path(const std::string& name, const Spec& spec);

// Docker's defaults where the container has a network of its own, as path and value: any user may listen on every port
// and send pings there.
std::vector<std::pair<std::string, std::string>> own_network_sysctls();

}  // namespace ccocker::runtime
