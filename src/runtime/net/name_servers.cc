#include "runtime/net/name_servers.h"

#include <algorithm>
#include <optional>

#include "runtime/net/container_leases.h"
#include "runtime/net/network.h"

namespace ccocker::runtime {
namespace {

bool is_inside(const Network& network, const Address& address) {
  return network.subnet.contains(address) || (network.subnet6 && network.subnet6->contains(address));
}

}  // namespace

NameServers::NameServers(std::string root, std::string state, std::string id, std::vector<std::string> servers)
    : root_(std::move(root)), state_(std::move(state)), id_(std::move(id)), servers_(std::move(servers)) {}

std::vector<std::string> NameServers::to_ask(bool leads_out) const {
  if (leads_out) return servers_;
  std::vector<Network> networks;
  for (const NetworkLease& held : leases_of_container(state_, id_))
    if (std::optional<Network> network = load_network(root_, held.network)) networks.push_back(std::move(*network));
  std::vector<std::string> beside;
  for (const std::string& server : servers_) {
    std::optional<Address> address = Address::parse(server);
    auto has_it = [&](const Network& network) { return is_inside(network, *address); };
    if (address && std::ranges::any_of(networks, has_it)) beside.push_back(server);
  }
  return beside;
}

}  // namespace ccocker::runtime
