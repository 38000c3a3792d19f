#include "runtime/net/connect.h"

#include <fmt/format.h>
#include <linux/netlink.h>

#include <algorithm>

#include "loop/sys.h"
#include "runtime/net/attachment.h"
#include "runtime/net/netns.h"
#include "runtime/object_events.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

// The namespace of a running container, opened while its pid was surely its own.
Fd open_namespace(const std::string& root, const std::string& state, const ContainerRecord& record) {
  Fd pidfd = sys::pidfd_open(record.container.pid);
  ContainerRecord now = require_record(root, state, record.container.id);
  if (now.container.pid != record.container.pid)
    throw Error(Errc::conflict, fmt::format("container {} ended just now", record.container.name));
  return pidfd;
}

unsigned free_index(const std::vector<NetworkLease>& held) {
  for (unsigned index = 0;; ++index) {
    std::string name = fmt::format("eth{}", index);
    if (std::ranges::none_of(held, [&](const NetworkLease& it) { return it.lease.inside == name; })) return index;
  }
}

// Leases on networks that lead outside, first interface first: the first one has the default route.
std::vector<NetworkLease> with_way_out(const Networks& networks, std::vector<NetworkLease> held) {
  std::erase_if(held, [&](const NetworkLease& it) { return networks.find(it.network).internal; });
  std::ranges::sort(held, {}, [](const NetworkLease& it) { return it.lease.inside; });
  return held;
}

void require_bridge(const ContainerRecord& record) {
  if (record.spec.network == NetworkMode::bridge) return;
  throw Error(Errc::invalid, fmt::format("container {} was made without networks of its own (--network none, host or "
                                         "container:...), so it cannot be connected to one",
                                         record.container.name));
}

void plug_in(Netlink& host, const Endpoint& endpoint, pid_t pid, FdView there) {
  make_endpoint(host, endpoint, pid);
  try {
    InsideNetns guard(there);
    Netlink inside(NETLINK_ROUTE);
    configure_endpoint(inside, endpoint);
  } catch (...) {
    delete_link(host, endpoint.host_name);
    throw;
  }
}

Task<void> connect_running(std::string root, std::string state, ContainerRecord record, NetworkEndpoint wanted) {
  std::string id = record.container.id;
  Fd there = open_namespace(root, state, record);
  Netlink host(NETLINK_ROUTE);
  Networks networks(root, state);
  std::vector<NetworkLease> held = leases_of_container(state, id);
  Lease lease = wanted_lease(wanted, id, record.container.name, free_index(held));
  Place place = co_await take_place(networks, state, wanted, std::move(lease), host);
  try {
    Endpoint endpoint = endpoint_of(place.ready, place.lease, with_way_out(networks, held).empty());
    plug_in(host, endpoint, record.container.pid, there);
  } catch (...) {
    Leases(state, wanted.network).give_back(place.lease);
    throw;
  }
  record_network_event(state, "connect", place.ready.network, id);
}

// The default route of a container that has lost it goes through the first of what is left.
void pass_default_route(const Networks& networks, std::vector<NetworkLease> left, FdView there) {
  left = with_way_out(networks, std::move(left));
  if (left.empty()) return;
  Network network = networks.find(left[0].network);
  InsideNetns guard(there);
  Netlink inside(NETLINK_ROUTE);
  set_default_route(inside, left[0].lease.inside, network.gateway,
                    left[0].lease.address6 ? network.gateway6 : std::nullopt);
}

}  // namespace

std::vector<NetworkLease> leases_of_container(const std::string& state, const std::string& id) {
  std::vector<NetworkLease> held;
  for (const std::string& network : leased_networks(state))
    for (Lease& lease : Leases(state, network).list())
      if (lease.id == id) held.push_back({network, std::move(lease)});
  return held;
}

void rename_leases(const std::string& state, const std::string& id, const std::string& before, const std::string& now) {
  for (NetworkLease& held : leases_of_container(state, id)) {
    std::ranges::replace(held.lease.names, before, now);
    Leases(state, held.network).replace(held.lease);
  }
}

Task<void> connect_container(std::string root, std::string state, std::string id, NetworkEndpoint wanted) {
  ContainerRecord record = require_record(root, state, id);
  require_bridge(record);
  wanted.network = wanted.network == default_network ? wanted.network : Networks(root, state).find(wanted.network).name;
  for (const NetworkEndpoint& endpoint : record.spec.networks)
    if (endpoint.network == wanted.network)
      throw Error(Errc::conflict,
                  fmt::format("container {} is on network {} already", record.container.name, wanted.network));
  bool runs = record.container.status == Status::running;
  if (runs) co_await connect_running(root, state, record, wanted);
  record.spec.networks.push_back(std::move(wanted));
  save_record(root, record);
}

Task<void> disconnect_container(std::string root, std::string state, std::string id, std::string network) {
  ContainerRecord record = require_record(root, state, id);
  size_t removed =
      std::erase_if(record.spec.networks, [&](const NetworkEndpoint& endpoint) { return endpoint.network == network; });
  if (removed == 0)
    throw Error(Errc::not_found, fmt::format("container {} is not on network {}", record.container.name, network));
  std::vector<NetworkLease> held = leases_of_container(state, id);
  auto leaving = std::ranges::find_if(held, [&](const NetworkLease& it) { return it.network == network; });
  if (leaving != held.end()) {
    Fd there = open_namespace(root, state, record);
    Netlink host(NETLINK_ROUTE);
    delete_link(host, leaving->lease.link);
    Leases(state, network).free(leaving->lease.address);
    held.erase(leaving);
    pass_default_route(Networks(root, state), std::move(held), there);
  }
  save_record(root, record);
  record_disconnects(root, state, {network}, id);
  co_return;
}

}  // namespace ccocker::runtime
