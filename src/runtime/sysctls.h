#pragma once
#include <string>
#include <utility>
#include <vector>

#include "runtime/spec.h"

namespace ccocker::runtime {

// The file below /proc of a sysctl name ("net.ipv4.ip_forward", slashes allowed too). Errc::invalid for one that is
// not in a namespace the container has of its own: it would change the host.
std::string sysctl_path(const std::string& name, NetworkMode network);

// Docker's defaults where the container has a network of its own, as path and value: any user may listen on every port
// and send pings there.
std::vector<std::pair<std::string, std::string>> own_network_sysctls();

}  // namespace ccocker::runtime
