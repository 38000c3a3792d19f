#pragma once
#include <string>

#include "runtime/spec.h"

namespace ccocker::runtime {

// The file below /proc of a sysctl name ("net.ipv4.ip_forward", slashes allowed too). Errc::invalid for one that is
// not in a namespace the container has of its own: it would change the host.
std::string sysctl_path(const std::string& name, NetworkMode network);

}  // namespace ccocker::runtime
