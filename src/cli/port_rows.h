#pragma once
// Published ports as `ps` and `port` write them.
#include <string>
#include <vector>

#include "runtime/net/port_table.h"

namespace ccocker::cli {

// "53/udp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp": those of `exposed` ("53/udp") that nothing leads to come first; ports
// in a row are written as a range, as Docker does.
std::string ports_column(const std::vector<runtime::PortMapping>& mappings,
                         const std::vector<std::string>& exposed = {});
// "80/tcp -> 0.0.0.0:8080"
std::string port_line(const runtime::PortMapping& mapping);
std::string host_side(const runtime::PortMapping& mapping);       // "0.0.0.0:8080"
std::string container_side(const runtime::PortMapping& mapping);  // "80/tcp"

}  // namespace ccocker::cli
