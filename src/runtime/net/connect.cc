#include "runtime/net/connect.h"

#include <fmt/format.h>
#include <linux/netlink.h>

#include <algorithm>
#include <chrono>

#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/control_client.h"
#include "runtime/hold_process.h"
#include "runtime/launch_names.h"
#include "runtime/net/attachment.h"
#include "runtime/net/netns.h"
#include "runtime/net/published.h"
#include "runtime/object_events.h"
#include "runtime/own_hosts.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds turn_wait_max{30};  // for a start, or another change, to be through

// The network namespace of a container that runs; nullopt when it has just ended.
std::optional<Fd> open_namespace(const Container& it) {
  Fd netns;
  if (!hold_process(it, [&](pid_t pid) { netns = open_netns(pid); })) return std::nullopt;
  return netns;
}

unsigned free_index(const std::vector<NetworkLease>& held) {
  for (unsigned index = 0;; ++index) {
    std::string name = fmt::format("eth{}", index);
    if (std::ranges::none_of(held, [&](const NetworkLease& it) { return it.lease.inside == name; })) return index;
  }
}

const NetworkLease* find_lease(const std::vector<NetworkLease>& held, const std::string& network) {
  auto found = std::ranges::find(held, network, &NetworkLease::network);
  return found == held.end() ? nullptr : &*found;
}

// The first of the container's networks that leads outside: it has the default route, as after a start.
const NetworkLease* way_out_of(const Networks& networks, const Spec& spec, const std::vector<NetworkLease>& held) {
  for (const NetworkEndpoint& endpoint : spec.networks) {
    const NetworkLease* lease = find_lease(held, endpoint.network);
    if (lease && !networks.find(endpoint.network).internal) return lease;
  }
  return nullptr;
}

void require_bridge(const ContainerRecord& record) {
  if (record.spec.network == NetworkMode::bridge) return;
  throw Error(Errc::invalid, fmt::format("container {} was made without networks of its own (--network none, host or "
                                         "container:...), so it cannot be connected to one",
                                         record.container.name));
}

bool is_on(const ContainerRecord& record, const std::string& network) {
  return std::ranges::find(record.spec.networks, network, &NetworkEndpoint::network) != record.spec.networks.end();
}

void plug_in(Netlink& host, const Endpoint& endpoint, FdView there) {
  make_endpoint(host, endpoint, there);
  InsideNetns guard(there);
  Netlink inside(NETLINK_ROUTE);
  configure_endpoint(inside, endpoint);
}

void unplug(Netlink& host, const std::string& state, const NetworkLease& held) {
  delete_link(host, held.lease.link);
  Leases(state, held.network).give_back(held.lease);
}

std::vector<std::string> addresses_of(const Lease& lease) {
  std::vector<std::string> addresses{lease.address.str()};
  if (lease.address6) addresses.push_back(lease.address6->str());
  return addresses;
}

void tell_hosts(const std::string& root, const ContainerRecord& record, const Lease* gone, const Lease* added) {
  OwnHosts change{host_name_of(record.spec, record.container.id), {}, {}};
  if (gone) change.gone = addresses_of(*gone);
  if (added) change.added = addresses_of(*added);
  change_hosts(container_dir(root, record.container.id), change);
}

// Published ports lead to the container's way out, and the world's names come in there: its supervisor sees to both.
Task<void> lead_out(std::string state, ContainerRecord record, const NetworkLease* through) {
  std::optional<WayOut> way_out;
  if (through) way_out = WayOut{through->lease.address, through->lease.address6};
  bool led = co_await announce_way_out(state, record.container.id, std::move(way_out));
  if (led || published_ports(record.spec).empty() || !LiveLock::is_held(state, record.container.id)) co_return;
  throw Error(Errc::conflict, fmt::format("the supervisor of container {} does not answer, so its published ports "
                                          "cannot be led to another network; is it stopped (kill -CONT), or of an "
                                          "older ccocker (restart the container)?",
                                          record.container.name));
}

Task<void> connect_running(std::string root, std::string state, ContainerRecord record, NetworkEndpoint wanted) {
  const Container& it = record.container;
  std::optional<Fd> there = open_namespace(it);
  if (!there) throw Error(Errc::conflict, fmt::format("container {} ended just now", it.name));
  Netlink host(NETLINK_ROUTE);
  Networks networks(root, state);
  std::vector<NetworkLease> held = leases_of_container(state, it.id);
  // What a connect that was killed has left.
  if (const NetworkLease* left = find_lease(held, wanted.network)) unplug(host, state, *left);
  std::erase_if(held, [&](const NetworkLease& each) { return each.network == wanted.network; });
  Lease lease = wanted_lease(wanted, it.id, it.name, free_index(held));
  Place place = co_await take_place(networks, state, wanted, std::move(lease), host);
  NetworkLease taken{wanted.network, place.lease};
  bool leads_out = !place.ready.network.internal && !way_out_of(networks, record.spec, held);
  try {
    plug_in(host, endpoint_of(place, leads_out), *there);
    tell_hosts(root, record, nullptr, &taken.lease);
    if (leads_out) co_await lead_out(state, record, &taken);
  } catch (...) {
    unplug(host, state, taken);
    tell_hosts(root, record, &taken.lease, nullptr);
    throw;
  }
  record_network_event(state, "connect", place.ready.network, it.id);
}

void set_way_out(const Networks& networks, const NetworkLease& through, FdView there) {
  Network network = networks.find(through.network);
  InsideNetns guard(there);
  Netlink inside(NETLINK_ROUTE);
  set_default_route(inside, through.lease.inside, network.gateway,
                    through.lease.address6 ? network.gateway6 : std::nullopt);
}

Task<void> disconnect_running(std::string root, std::string state, ContainerRecord record, std::string network) {
  std::vector<NetworkLease> held = leases_of_container(state, record.container.id);
  const NetworkLease* found = find_lease(held, network);
  if (!found) co_return;
  NetworkLease leaving = *found;
  Networks networks(root, state);
  bool led_out = way_out_of(networks, record.spec, held) == found;
  std::erase_if(held, [&](const NetworkLease& each) { return each.network == network; });
  const NetworkLease* way_out = way_out_of(networks, record.spec, held);
  std::optional<Fd> there = open_namespace(record.container);
  if (led_out) co_await lead_out(state, record, way_out);
  // While the link is there still, so that the container never finds itself without a route.
  if (led_out && way_out && there) set_way_out(networks, *way_out, *there);
  Netlink host(NETLINK_ROUTE);
  tell_hosts(root, record, &leaving.lease, nullptr);
  delete_link(host, leaving.lease.link);
  Leases(state, network).give_back(leaving.lease);
}

}  // namespace

Task<NetworksLock> hold_networks(std::string state, std::string id) {
  auto begin = std::chrono::steady_clock::now();
  for (auto pause = 1ms;; pause = std::min(2 * pause, 20ms)) {
    std::optional<NetworksLock> lock = NetworksLock::try_acquire(state, id);
    if (lock) co_return std::move(*lock);
    if (std::chrono::steady_clock::now() - begin > turn_wait_max)
      throw Error(Errc::timed_out, fmt::format("container {} is being started or changed by another ccocker for {} "
                                               "seconds; try again",
                                               id.substr(0, 12), turn_wait_max.count()));
    co_await io::sleep(pause);
  }
}

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
  wanted.network = wanted.network == default_network ? wanted.network : Networks(root, state).find(wanted.network).name;
  NetworksLock lock = co_await hold_networks(state, id);
  ContainerRecord record = require_record(root, state, id);
  require_bridge(record);
  if (is_on(record, wanted.network))
    throw Error(Errc::conflict,
                fmt::format("container {} is on network {} already", record.container.name, wanted.network));
  if (record.container.pid != 0) co_await connect_running(root, state, record, wanted);
  change_record(root, state, id, [&](ContainerRecord& now) { now.spec.networks.push_back(wanted); });
}

Task<void> disconnect_container(std::string root, std::string state, std::string id, std::string network) {
  NetworksLock lock = co_await hold_networks(state, id);
  ContainerRecord record = require_record(root, state, id);
  if (!is_on(record, network))
    throw Error(Errc::not_found, fmt::format("container {} is not on network {}", record.container.name, network));
  if (record.container.pid != 0) co_await disconnect_running(root, state, record, network);
  change_record(root, state, id, [&](ContainerRecord& now) {
    std::erase_if(now.spec.networks, [&](const NetworkEndpoint& endpoint) { return endpoint.network == network; });
  });
  record_disconnects(root, state, {network}, id);
}

}  // namespace ccocker::runtime
