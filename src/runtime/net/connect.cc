#include "runtime/net/connect.h"

#include <fmt/format.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "loop/sys.h"
#include "runtime/best_effort.h"
#include "runtime/control_client.h"
#include "runtime/hold_process.h"
#include "runtime/launch_names.h"
#include "runtime/lock.h"
#include "runtime/net/netns.h"
#include "runtime/net/place.h"
#include "runtime/net/published.h"
#include "runtime/object_events.h"
#include "runtime/own_hosts.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

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

void add_to_record(const std::string& root, const std::string& state, const std::string& id,
                   const NetworkEndpoint& wanted) {
  change_record(root, state, id, [&](ContainerRecord& now) { now.spec.networks.push_back(wanted); });
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

Task<Network> connect_running(std::string root, std::string state, ContainerRecord record, NetworkEndpoint wanted) {
  const Container& it = record.container;
  std::optional<Fd> there = open_namespace(it);
  if (!there) throw Error(Errc::conflict, fmt::format("container {} ended just now", it.name));
  Netlink host(NETLINK_ROUTE);
  Networks networks(root, state);
  std::vector<NetworkLease> held = leases_of_container(state, it.id);
  bool led_out = way_out_of(networks, record.spec, held) != nullptr;
  PlaceOwner owner{it.id, it.name, host_name_of(record.spec, it.id)};
  Lease lease = wanted_lease(wanted, owner, free_index(held));
  Place place = co_await take_place(networks, state, wanted, std::move(lease), host);
  NetworkLease taken{wanted.network, place.lease};
  bool leads_out = !led_out && !place.ready.network.internal;
  try {
    plug_in(host, endpoint_of(place, leads_out), *there);
    tell_hosts(root, record, nullptr, &taken.lease);
    if (leads_out) co_await lead_out(state, record, &taken);
  } catch (...) {
    unplug(host, state, taken);
    tell_hosts(root, record, &taken.lease, nullptr);
    throw;
  }
  co_return std::move(place.ready.network);
}

void set_way_out(const Networks& networks, const std::vector<std::string>& own_links, const NetworkLease& through,
                 FdView there) {
  Network network = networks.find(through.network);
  InsideNetns guard(there);
  Netlink inside(NETLINK_ROUTE);
  try {
    move_default_routes(inside, own_links, through.lease.inside, network.gateway,
                        through.lease.address6 ? network.gateway6 : std::nullopt);
  } catch (const Error& error) {
    // The container has switched that link off, or taken its address away: its routes are its own affair.
    if (error.errno_value() != ENETUNREACH && error.errno_value() != ENETDOWN && error.errno_value() != EHOSTUNREACH)
      throw;
  }
}

Task<void> disconnect_running(std::string root, std::string state, ContainerRecord record, std::string network) {
  std::vector<NetworkLease> held = leases_of_container(state, record.container.id);
  const NetworkLease* found = find_lease(held, network);
  if (!found) co_return;
  NetworkLease leaving = *found;
  std::vector<std::string> own_links;
  for (const NetworkLease& each : held) own_links.push_back(each.lease.inside);
  Networks networks(root, state);
  std::erase_if(held, [&](const NetworkLease& each) { return each.network == network; });
  const NetworkLease* way_out = way_out_of(networks, record.spec, held);
  std::optional<Fd> there = open_namespace(record.container);
  // Also where it did not lead out: a disconnect that was killed may have left ports and route on either network.
  co_await lead_out(state, record, way_out);
  // While the link is there still, so that the container never finds itself without a route.
  if (way_out && there) set_way_out(networks, own_links, *way_out, *there);
  Netlink host(NETLINK_ROUTE);
  tell_hosts(root, record, &leaving.lease, nullptr);
  delete_link(host, leaving.lease.link);
  Leases(state, network).give_back(leaving.lease);
}

// What connects that were killed have left: places that the record knows nothing of.
Task<void> leave_unrecorded(std::string root, std::string state, ContainerRecord record) {
  for (const NetworkLease& held : leases_of_container(state, record.container.id))
    if (!is_on(record, held.network)) co_await disconnect_running(root, state, record, held.network);
}

Task<void> connect_now(std::string root, std::string state, ContainerRecord record, NetworkEndpoint wanted) {
  const Container& it = record.container;
  co_await leave_unrecorded(root, state, record);
  Network network = co_await connect_running(root, state, record, wanted);
  std::exception_ptr failure;
  try {
    add_to_record(root, state, it.id, wanted);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    std::string doing = fmt::format("taking container {} off network {} again", it.name, wanted.network);
    Task<void> undoing = disconnect_running(root, state, record, wanted.network);
    co_await best_effort(std::move(undoing), std::move(doing));
    std::rethrow_exception(failure);
  }
  record_network_event(state, "connect", network, it.id);
}

}  // namespace

Task<void> connect_container(std::string root, std::string state, std::string id, NetworkEndpoint wanted) {
  wanted.network = wanted.network == default_network ? wanted.network : Networks(root, state).find(wanted.network).name;
  ChangesLock lock = co_await hold_changes(state, id);
  ContainerRecord record = require_record(root, state, id);
  require_bridge(record);
  if (is_on(record, wanted.network))
    throw Error(Errc::conflict,
                fmt::format("container {} is on network {} already", record.container.name, wanted.network));
  if (record.container.pid == 0) co_return add_to_record(root, state, id, wanted);
  co_await connect_now(root, state, std::move(record), std::move(wanted));
}

Task<void> disconnect_container(std::string root, std::string state, std::string id, std::string network) {
  ChangesLock lock = co_await hold_changes(state, id);
  ContainerRecord record = require_record(root, state, id);
  std::vector<NetworkLease> held = leases_of_container(state, id);
  if (!is_on(record, network) && !find_lease(held, network))
    throw Error(Errc::not_found, fmt::format("container {} is not on network {}", record.container.name, network));
  if (record.container.pid != 0) co_await disconnect_running(root, state, record, network);
  change_record(root, state, id, [&](ContainerRecord& now) {
    std::erase_if(now.spec.networks, [&](const NetworkEndpoint& endpoint) { return endpoint.network == network; });
  });
  record_disconnects(root, state, {network}, id);
}

}  // namespace ccocker::runtime
