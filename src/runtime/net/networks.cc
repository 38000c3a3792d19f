#include "runtime/net/networks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "loop/clock.h"
#include "loop/sys.h"
#include "runtime/id.h"
#include "runtime/lock.h"
#include "runtime/net/container_leases.h"
#include "runtime/net/firewall.h"
#include "runtime/net/forward_block.h"
#include "runtime/net/host_lock.h"
#include "runtime/net/forwarding.h"
#include "runtime/net/host_net.h"
#include "runtime/notice.h"
#include "runtime/object_events.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

constexpr unsigned bridge_numbers_max = 10000;

std::string free_bridge_name(Netlink& host) {
  for (unsigned number = 0; number < bridge_numbers_max; ++number) {
    std::string name = fmt::format("ccocker{}", number);
    if (!find_link(host, name)) return name;
  }
  throw Error(Errc::conflict, "no free name for a bridge (ccocker0, ccocker1, ...) was found");
}

BridgePlan plan_of(const Network& network, const std::string& mark, unsigned mtu) {
  BridgePlan plan{network.bridge, mark, network.gateway, network.subnet.prefix, {}, 0, mtu};
  if (network.gateway6 && host_has_ipv6()) {
    plan.gateway6 = network.gateway6;
    plan.prefix6 = network.subnet6->prefix;
  }
  return plan;
}

void say_if_dropped() {
  std::string warning = forward_warning();
  if (!warning.empty()) notice(warning);
}

// A start that finds its network going takes back the lease that it had just taken: then the directory is not empty,
// for a moment.
void remove_leases(const std::string& dir) {
  constexpr int attempts_max = 100;
  for (int attempt = 1;; ++attempt) {
    try {
      return sys::remove_tree(sys::cwd(), dir);
    } catch (const Error& error) {
      if (error.errno_value() != ENOTEMPTY || attempt == attempts_max) throw;
    }
    ::usleep(1000);
  }
}

Error no_such_network(const std::string& name) {
  return Error(Errc::not_found, "no such network: " + name + "; 'ccocker network create' makes one");
}

// Its maker was killed before it could say whose it is: makers take turns (hold_host_networks), so it is nobody's.
bool is_half_made(const LinkStatus& link) { return link.alias.empty() && link.group == bridge_group; }

Address first_of(const Subnet& subnet) { return subnet.at(1); }

void refuse_conflict(const RangeConflict& conflict) {
  if (!conflict.why.empty())
    throw Error(Errc::conflict, "the range " + conflict.why + "; choose another with --subnet");
}

}  // namespace

Networks::Networks(std::string root, std::string state)
    : root_(std::move(root)), state_(std::move(state)), mark_(mark_of(root_)) {}

std::vector<Network> Networks::list() const { return list_networks(root_); }

Network Networks::find(const std::string& name_or_id) const {
  bool plain = !name_or_id.empty() && name_or_id.find('/') == std::string::npos;
  std::optional<Network> named = plain ? load_network(root_, name_or_id) : std::nullopt;
  if (named) return *named;
  std::vector<Network> fitting;
  for (Network& network : list())
    if (plain && network.id.starts_with(name_or_id)) fitting.push_back(std::move(network));
  if (fitting.empty()) throw no_such_network(name_or_id);
  if (fitting.size() > 1) throw Error(Errc::conflict, "\"" + name_or_id + "\" fits several networks; give more digits");
  return fitting[0];
}

Network Networks::choose_default(Netlink& host) const {
  Network network;
  network.id = random_id();
  network.name = default_network;
  network.bridge = free_bridge_name(host);
  std::string moved;
  std::vector<Network> others = list();
  std::erase_if(others, [](const Network& other) { return other.name == default_network; });  // its own last range
  network.subnet = free_range(host, others, moved);
  if (!moved.empty())
    notice(fmt::format("{}: the network {} has {} instead", moved, network.name, network.subnet.str()));
  network.gateway = first_of(network.subnet);
  if (host_has_ipv6()) {
    network.subnet6 = random_ula();
    network.gateway6 = first_of(*network.subnet6);
  }
  network.automatic = true;
  network.created_unix_ns = now_unix_ns();
  return network;
}

// What keeps it from being built as its record says.
RangeConflict Networks::conflict_of(const Network& network, Netlink& host) const {
  RangeConflict conflict = range_conflict(host, network.subnet, list(), network.bridge);
  if (!conflict.why.empty() || !network.subnet6 || !host_has_ipv6()) return conflict;
  return range_conflict(host, *network.subnet6, list(), network.bridge);
}

// The record to build from. One that we chose ourselves is chosen anew when the host has changed under it.
Network Networks::settle_record(const std::string& name, Netlink& host) const {
  std::optional<Network> network = load_network(root_, name);
  if (!network && name != default_network) throw no_such_network(name);
  bool stale = false;
  if (network && !find_link(host, network->bridge)) {
    RangeConflict conflict = conflict_of(*network, host);
    stale = !conflict.why.empty() && network->automatic;
    if (!stale && !conflict.why.empty())
      throw Error(Errc::conflict,
                  fmt::format("network {}: the range {}; remove the network, or free the range", name, conflict.why));
  }
  if (network && !stale) return *network;
  std::string id = network ? network->id : "";
  network = choose_default(host);
  if (!id.empty()) network->id = id;
  // The record first: what a kill from here on leaves is found by it.
  save_network(root_, *network);
  return *network;
}

// Rules for every network that stands, and for `also`, which is about to.
void Networks::set_rules(Netlink& host, const std::string& also) const {
  std::vector<Network> standing = list();
  std::erase_if(standing,
                [&](const Network& network) { return network.name != also && !find_link(host, network.bridge); });
  set_firewall(mark_, standing, load_closed_links(state_));
}

void Networks::build(Network& network, Netlink& host) const {
  BridgePlan plan = plan_of(network, mark_, uplink_mtu(host));
  std::optional<LinkStatus> link = find_link(host, network.bridge);
  if (link && is_half_made(*link)) {
    delete_link(host, network.bridge);
    link.reset();
  }
  if (link && link->alias != mark_ && network.automatic) {
    plan.name = network.bridge = free_bridge_name(host);
    save_network(root_, network);
    link.reset();
  }
  if (link && link->alias != mark_)
    throw Error(Errc::conflict, fmt::format("network {}: there is a link named {} on this host that is not ours",
                                            network.name, network.bridge));
  note_closed_links(host, state_);
  set_rules(host, network.name);
  switch_on_forwarding();
  if (!link) make_bridge(host, plan);
  finish_bridge(host, plan);
  say_if_dropped();
}

Task<ReadyNetwork> Networks::bring_up(std::string name, Netlink& host) {
  auto standing = [&]() -> std::optional<ReadyNetwork> {
    std::optional<Network> network = load_network(root_, name);
    if (!network) return std::nullopt;
    std::optional<LinkStatus> link = find_link(host, network->bridge);
    if (!link || !link->up || link->alias != mark_) return std::nullopt;
    Netlink netfilter = open_netfilter();
    if (!has_firewall(netfilter, mark_)) return std::nullopt;
    if (!network->internal && forwarding_is_off(network->subnet6.has_value())) return std::nullopt;
    return ReadyNetwork{std::move(*network), std::move(*link)};
  };
  std::optional<ReadyNetwork> ready = standing();
  if (ready) co_return std::move(*ready);
  Fd held = co_await hold_host_networks();
  ready = standing();
  if (ready) co_return std::move(*ready);
  Network network = settle_record(name, host);
  build(network, host);
  std::optional<LinkStatus> link = find_link(host, network.bridge);
  if (!link) throw Error(Errc::failed, "the bridge " + network.bridge + " went away while it was set up; try again");
  co_return ReadyNetwork{std::move(network), std::move(*link)};
}

bool Networks::still_stands(const ReadyNetwork& ready, Netlink& host) const {
  std::optional<LinkStatus> link = find_link(host, ready.network.bridge);
  return link && link->index == ready.bridge.index && link->up;
}

Task<Network> Networks::create(NetworkRequest request) {
  Netlink host(NETLINK_ROUTE);
  Fd held = co_await hold_host_networks();
  remove_unfinished(root_);
  if (load_network(root_, request.name))
    throw Error(Errc::conflict, fmt::format("there is a network named {} already", request.name));
  Network network;
  network.id = random_id();
  network.name = request.name;
  network.bridge = request.bridge.empty() ? "ccocker-" + network.id.substr(0, 7) : request.bridge;
  if (find_link(host, network.bridge))
    throw Error(Errc::conflict, fmt::format("there is a link named {} on this host already", network.bridge));
  for (const Network& other : list())
    if (other.bridge == network.bridge)
      throw Error(Errc::conflict, fmt::format("network {} has the bridge {} already", other.name, network.bridge));
  std::string moved;
  network.subnet = request.subnet ? *request.subnet : free_range(host, list(), moved);
  if (request.subnet) refuse_conflict(range_conflict(host, *request.subnet, list(), ""));
  network.gateway = request.gateway.value_or(first_of(network.subnet));
  if (request.ipv6 || request.subnet6) {
    network.subnet6 = request.subnet6.value_or(random_ula());
    if (request.subnet6) refuse_conflict(range_conflict(host, *request.subnet6, list(), ""));
    network.gateway6 = request.gateway6.value_or(first_of(*network.subnet6));
  }
  network.internal = request.internal;
  network.labels = std::move(request.labels);
  network.created_unix_ns = now_unix_ns();
  save_network(root_, network);
  record_network_event(state_, "create", network);
  co_return network;
}

std::vector<Lease> Networks::living_leases(const std::string& network) const {
  Leases leases(state_, network);
  std::vector<Lease> living;
  for (Lease& lease : leases.list()) {
    if (LiveLock::is_held(state_, lease.id))
      living.push_back(std::move(lease));
    else
      leases.give_back(lease);
  }
  return living;
}

// False when a container came to it meanwhile: a start takes its lease and then looks whether the bridge is up, this
// switches the bridge off and then looks for leases, so one of the two sees the other.
bool Networks::take_down(const Network& network, Netlink& host) const {
  std::optional<LinkStatus> link = find_link(host, network.bridge);
  bool stands = link && link->alias == mark_ && link->up;
  if (stands) switch_off(host, *link);
  if (!living_leases(network.name).empty()) {
    if (stands) finish_bridge(host, plan_of(network, mark_, link->mtu));
    return false;
  }
  if (link && (link->alias == mark_ || is_half_made(*link))) delete_link(host, network.bridge);
  remove_leases(state_ + "/networks/" + network.name);
  return true;
}

Task<void> Networks::remove(std::string name) {
  Netlink host(NETLINK_ROUTE);
  Fd held = co_await hold_host_networks();
  remove_unfinished(root_);
  Network network = find(name);
  if (network.name == default_network)
    throw Error(Errc::invalid,
                "the network bridge is the default and cannot be removed; 'ccocker network prune' takes "
                "its link away while no container uses it");
  std::vector<Lease> users = living_leases(network.name);
  if (!users.empty())
    throw Error(Errc::conflict, fmt::format("network {} is in use by container {}; disconnect or remove it first",
                                            network.name, users[0].names.empty() ? users[0].id : users[0].names[0]));
  bool stood = find_link(host, network.bridge).has_value();
  if (!take_down(network, host))
    throw Error(Errc::conflict, fmt::format("network {} is in use: a container came to it just now", network.name));
  remove_network(root_, network.name);
  record_network_event(state_, "destroy", network);
  if (stood) set_rules(host, "");
}

Task<std::vector<std::string>> Networks::prune(std::function<bool(const Network&)> wanted) {
  Netlink host(NETLINK_ROUTE);
  Fd held = co_await hold_host_networks();
  remove_unfinished(root_);
  std::vector<std::string> gone;
  for (const Network& network : list()) {
    if (wanted && !wanted(network)) continue;
    if (!living_leases(network.name).empty()) continue;
    if (!take_down(network, host)) continue;
    if (network.name != default_network || network.automatic) remove_network(root_, network.name);
    if (network.name == default_network) continue;
    gone.push_back(network.name);
    record_network_event(state_, "destroy", network);
  }
  Netlink netfilter = open_netfilter();
  if (has_firewall(netfilter, mark_)) set_rules(host, "");
  co_return gone;
}

std::vector<std::string> release_container_network(const std::string& state, const std::string& id, bool links) {
  std::vector<std::string> left;
  std::optional<Netlink> host;
  for (const NetworkLease& held : leases_of_container(state, id)) {
    if (links && !host) host.emplace(NETLINK_ROUTE);
    if (links) delete_link(*host, held.lease.link);
    Leases(state, held.network).give_back(held.lease);
    left.push_back(held.network);
  }
  return left;
}

void note_sharing(const std::string& state, const std::string& owner, const std::string& other, bool shares) {
  std::string dir = state + "/shared-networks/" + owner, path = dir + "/" + other;
  if (!shares) {
    sys::unlinkat_if_exists(sys::cwd(), path);
    ::rmdir(dir.c_str());  // fails while another one shares it
    return;
  }
  sys::mkdirs(dir, 0700);
  sys::symlinkat("shares", sys::cwd(), path);
}

void forget_sharing(const std::string& state, const std::string& other) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), state + "/shared-networks", O_RDONLY | O_DIRECTORY);
  if (!dir) return;
  for (const std::string& owner : sys::list_dir(*dir))
    note_sharing(state, owner, other, false);
}

bool is_shared(const std::string& state, const std::string& owner) {
  return sys::exists(state + "/shared-networks/" + owner);
}

}  // namespace ccocker::runtime
