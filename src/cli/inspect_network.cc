#include "cli/inspect_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/fixed_networks.h"
#include "cli/port_rows.h"
#include "cli/when.h"
#include "runtime/net/published.h"

namespace ccocker::cli {
namespace {

using runtime::ContainerRecord;
using runtime::Lease;
using runtime::Network;
using runtime::NetworkEndpoint;
using runtime::NetworkMode;
using runtime::PortMapping;
using runtime::PublishedPort;
using runtime::Spec;

Value binding(const std::string& host, const std::string& port) {
  return Value::record({{"HostIp", host}, {"HostPort", port}});
}

Value as_map(std::map<std::string, Value> entries) {
  Value all = Value::map();
  for (auto& [key, value] : entries) all.set(key, std::move(value));
  return all;
}

const Network* find_network(const ContainerNetworks& has, const std::string& name) {
  auto found = std::ranges::find(has.networks, name, &Network::name);
  return found == has.networks.end() ? nullptr : &*found;
}

const Lease* find_lease(const ContainerNetworks& has, const std::string& network) {
  auto found = std::ranges::find(has.leases, network, &runtime::NetworkLease::network);
  return found == has.leases.end() ? nullptr : &found->lease;
}

// What was asked for by --ip and --ip6.
Value asked_addresses(const NetworkEndpoint& wanted) {
  if (wanted.ip.empty() && wanted.ip6.empty()) return {};
  Value asked = Value::record();
  asked.set_optional("IPv4Address", wanted.ip);
  asked.set_optional("IPv6Address", wanted.ip6);
  asked.set_optional("LinkLocalIPs", Value::null_list());
  return asked;
}

// The names that others find it by, also while it does not run.
std::vector<std::string> names_on(const NetworkEndpoint& wanted, const ContainerRecord& record, const Lease* lease) {
  if (lease) return lease->names;
  std::vector<std::string> names{record.container.name, record.container.id.substr(0, 12)};
  names.insert(names.end(), wanted.aliases.begin(), wanted.aliases.end());
  return names;
}

// The part of an endpoint that Docker shows twice: on its own, and of the default network beside the others.
void add_addresses(Value& out, const Network* network, const Lease* lease) {
  bool six = network && lease && lease->address6 && network->subnet6;
  bool leads_out = network && lease && !network->internal;
  out.set("EndpointID", lease ? lease->link : "");
  out.set("Gateway", leads_out ? network->gateway.str() : "");
  out.set("IPAddress", lease ? lease->address.str() : "");
  out.set("IPPrefixLen", network && lease ? network->subnet.prefix : 0);
  out.set("IPv6Gateway", six && leads_out && network->gateway6 ? network->gateway6->str() : "");
  out.set("GlobalIPv6Address", six ? lease->address6->str() : "");
  out.set("GlobalIPv6PrefixLen", six ? network->subnet6->prefix : 0);
}

Value endpoint_value(const NetworkEndpoint& wanted, const ContainerRecord& record, const ContainerNetworks& has) {
  const Network* network = find_network(has, wanted.network);
  const Lease* lease = find_lease(has, wanted.network);
  Value out = Value::record({{"IPAMConfig", asked_addresses(wanted)},
                             {"Links", Value::null_list()},
                             {"Aliases", Value::list_or_null(wanted.aliases)},
                             {"MacAddress", lease ? lease->mac : ""},
                             {"DriverOpts", Value::null_map()},
                             {"NetworkID", network ? network->id : ""}});
  add_addresses(out, network, lease);
  out.set("DNSNames", Value::list_or_null(names_on(wanted, record, lease)));
  return out;
}

// Of one that has no network of its own there is only the kind.
Value bare_endpoint(const std::string& network) {
  std::optional<FixedNetwork> fixed = find_fixed_network(network);
  Value out = Value::record({{"IPAMConfig", Value()},
                             {"Links", Value::null_list()},
                             {"Aliases", Value::null_list()},
                             {"MacAddress", ""},
                             {"DriverOpts", Value::null_map()},
                             {"NetworkID", fixed ? fixed_network_id(*fixed) : ""}});
  add_addresses(out, nullptr, nullptr);
  out.set("DNSNames", Value::null_list());
  return out;
}

Value endpoints_of(const ContainerRecord& record, const ContainerNetworks& has) {
  const Spec& spec = record.spec;
  if (spec.network == NetworkMode::container) return Value::map();
  if (spec.network != NetworkMode::bridge) return Value::map({{network_mode(spec), bare_endpoint(network_mode(spec))}});
  std::map<std::string, Value> all;
  for (const NetworkEndpoint& wanted : spec.networks) all[wanted.network] = endpoint_value(wanted, record, has);
  return as_map(std::move(all));
}

// Exposed ports that nothing leads to are null.
Value open_ports(const ContainerRecord& record, const std::vector<PortMapping>& mappings) {
  bool shown = record.container.pid && record.spec.network == NetworkMode::bridge;
  if (!shown) return Value::map();
  std::map<std::string, Value> ports;
  for (const std::string& exposed : exposed_ports(record.spec)) ports[exposed] = Value::null_list();
  std::map<std::string, Value> bound;
  for (const PortMapping& it : mappings) {
    Value& list = bound.try_emplace(container_side(it), Value::list()).first->second;
    list.push(binding(it.host.str(), std::to_string(it.host_port)));
  }
  for (auto& [port, list] : bound) ports[port] = std::move(list);
  return as_map(std::move(ports));
}

std::string host_port_text(const PublishedPort& port) {
  if (port.host_port == 0) return "";
  if (port.host_port_last <= port.host_port) return std::to_string(port.host_port);
  return fmt::format("{}-{}", port.host_port, port.host_port_last);
}

std::string port_key(const PublishedPort& port) { return fmt::format("{}/{}", port.container_port, port.protocol); }

Value ranges_of(const Network& network) {
  auto range = [](const std::string& subnet, const std::string& gateway) {
    Value out = Value::record();
    out.set("Subnet", subnet);
    out.set_optional("IPRange", "");
    out.set("Gateway", gateway);
    return out;
  };
  Value config = Value::list();
  config.push(range(network.subnet.str(), network.gateway.str()));
  if (network.subnet6) config.push(range(network.subnet6->str(), network.gateway6->str()));
  return config;
}

Value containers_on(const Network& network, const std::vector<Lease>& leases) {
  std::map<std::string, Value> all;
  for (const Lease& lease : leases) {
    bool six = lease.address6 && network.subnet6;
    all[lease.id] = Value::record(
        {{"Name", lease.names.empty() ? "" : lease.names[0]},
         {"EndpointID", lease.link},
         {"MacAddress", lease.mac},
         {"IPv4Address", fmt::format("{}/{}", lease.address.str(), network.subnet.prefix)},
         {"IPv6Address", six ? fmt::format("{}/{}", lease.address6->str(), network.subnet6->prefix) : ""}});
  }
  return as_map(std::move(all));
}

}  // namespace

ContainerNetworks networks_of(const std::string& root, const std::string& state, const ContainerRecord& record) {
  ContainerNetworks has;
  if (record.spec.network != NetworkMode::bridge) return has;
  has.networks = runtime::list_networks(root);
  if (!record.container.pid) return has;
  has.leases = runtime::leases_of_container(state, record.container.id);
  has.ports = runtime::load_ports(state, record.container.id);
  return has;
}

std::string network_mode(const Spec& spec) {
  switch (spec.network) {
    case NetworkMode::none:
      return "none";
    case NetworkMode::host:
      return "host";
    case NetworkMode::container:
      return "container:" + spec.network_container;
    case NetworkMode::bridge:
      break;
  }
  return spec.networks.empty() ? runtime::default_network : spec.networks[0].network;
}

std::vector<std::string> exposed_ports(const Spec& spec) {
  std::set<std::string> ports;
  for (const std::string& exposed : spec.exposed_ports)
    ports.insert(exposed.find('/') == exposed.npos ? exposed + "/tcp" : exposed);
  for (const PublishedPort& port : spec.ports) ports.insert(port_key(port));
  return {ports.begin(), ports.end()};
}

Value port_bindings(const Spec& spec) {
  std::map<std::string, Value> all;
  for (const PublishedPort& port : spec.ports)
    all.try_emplace(port_key(port), Value::list()).first->second.push(binding(port.host_address, host_port_text(port)));
  return as_map(std::move(all));
}

// The addresses beside Networks are those on the default network, as Docker has them.
Value inspect_network_settings(const ContainerRecord& record, const ContainerNetworks& has) {
  pid_t pid = record.container.pid;
  const Lease* lease = find_lease(has, runtime::default_network);
  Value out = Value::record({{"Bridge", ""},
                             {"SandboxID", ""},
                             {"SandboxKey", pid ? fmt::format("/proc/{}/ns/net", pid) : ""},
                             {"Ports", open_ports(record, has.ports)},
                             {"HairpinMode", false},
                             {"LinkLocalIPv6Address", ""},
                             {"LinkLocalIPv6PrefixLen", 0},
                             {"SecondaryIPAddresses", Value::null_list()},
                             {"SecondaryIPv6Addresses", Value::null_list()}});
  add_addresses(out, find_network(has, runtime::default_network), lease);
  out.set("MacAddress", lease ? lease->mac : "");
  out.set("Networks", endpoints_of(record, has));
  return out;
}

Value inspect_network(const Network& network, const std::vector<Lease>& leases) {
  return Value::record(
      {{"Name", network.name},
       {"Id", network.id},
       {"Created", rfc3339_utc(network.created_unix_ns)},
       {"Scope", "local"},
       {"Driver", "bridge"},
       {"EnableIPv4", true},
       {"EnableIPv6", network.subnet6.has_value()},
       {"IPAM", Value::record({{"Driver", "default"}, {"Options", Value::map()}, {"Config", ranges_of(network)}})},
       {"Internal", network.internal},
       {"Attachable", false},
       {"Ingress", false},
       {"ConfigFrom", Value::record({{"Network", ""}})},
       {"ConfigOnly", false},
       {"Containers", containers_on(network, leases)},
       {"Options", Value::map({{"com.docker.network.bridge.name", network.bridge}})},
       {"Labels", Value(network.labels)}});
}

void add_network_shortcuts(Value& value, const Network& network) {
  value.set("ID", network.id);
  value.set("Subnet", network.subnet.str());
  value.set("Gateway", network.gateway.str());
  value.set("Subnet6", network.subnet6 ? network.subnet6->str() : "");
  value.set("Gateway6", network.gateway6 ? network.gateway6->str() : "");
  value.set("Bridge", network.bridge);
}

}  // namespace ccocker::cli
