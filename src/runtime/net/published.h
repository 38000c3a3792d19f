#pragma once
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/net/port_table.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// A published port whose socket on the host is bound, so that nobody else has it.
struct BoundPort {
  PortMapping mapping;
  Fd socket;  // TCP: listening; UDP: bound
};

// What `spec` publishes: with -P also the exposed ports that no -p names.
std::vector<PublishedPort> published_ports(const Spec& spec);

// Binds them: for each port the address asked for, or every IPv4 and IPv6 address; of a range the first that is free.
// Errc::conflict "port 8080/tcp of this host is in use", Errc::invalid for an address the host has not.
std::vector<BoundPort> bind_ports(const std::vector<PublishedPort>& ports);

// What `ps` and `port` show of a running container: STATE/containers/ID/ports.
void save_ports(FdView state_dir, const std::vector<BoundPort>& ports);
std::vector<PortMapping> load_ports(const std::string& state, const std::string& id);
std::string ports_text(const std::vector<PortMapping>& mappings);
std::vector<PortMapping> parse_ports(std::string_view text);  // lines that do not parse are left out

}  // namespace ccocker::runtime
