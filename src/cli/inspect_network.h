#pragma once
// Networks as `docker inspect` shows them: what a container has of them, and each by itself.
#include <string>
#include <vector>

#include "cli/value.h"
#include "runtime/net/connect.h"
#include "runtime/net/network.h"
#include "runtime/net/port_table.h"
#include "runtime/record.h"

namespace ccocker::cli {

// What a container has of its networks. Leases and ports are there while it runs only.
struct ContainerNetworks {
  std::vector<runtime::Network> networks;  // those of its --root
  std::vector<runtime::NetworkLease> leases;
  std::vector<runtime::PortMapping> ports;
};
ContainerNetworks networks_of(const std::string& root, const std::string& state,
                              const runtime::ContainerRecord& record);

Value inspect_network_settings(const runtime::ContainerRecord& record, const ContainerNetworks& has);
std::string network_mode(const runtime::Spec& spec);  // "bridge", "none", "host", "container:ID", a network's name
Value port_bindings(const runtime::Spec& spec);       // what -p asked for
std::vector<std::string> exposed_ports(const runtime::Spec& spec);  // "80/tcp", sorted: exposed and published ones

Value inspect_network(const runtime::Network& network, const std::vector<runtime::Lease>& leases);
// What a template may also ask a network for: {{.Subnet}}, {{.Gateway}}, {{.Subnet6}}, {{.Gateway6}}, {{.Bridge}},
// {{.ID}}.
void add_network_shortcuts(Value& value, const runtime::Network& network);

}  // namespace ccocker::cli
