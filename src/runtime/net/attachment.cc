#include "runtime/net/attachment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

#include "loop/sys.h"
#include "runtime/descriptor_limit.h"
#include "runtime/hold_process.h"
#include "runtime/net/firewall.h"
#include "runtime/net/host_net.h"
#include "runtime/net/host_resolv.h"
#include "runtime/net/netns.h"
#include "runtime/object_events.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

constexpr size_t short_id_digits = 12;

std::optional<Address> parse_optional(const std::string& text) {
  return text.empty() ? std::nullopt : Address::parse(text);
}

// A container that is itself a name server would not get its port 53 while our resolver listens on 127.0.0.11.
bool serves_names(const Spec& spec) {
  auto is_53 = [](const std::string& exposed) { return exposed == "53" || exposed.starts_with("53/"); };
  return std::ranges::any_of(spec.exposed_ports, is_53) ||
         std::ranges::any_of(spec.ports, [](const PublishedPort& port) { return port.container_port == 53; });
}

// Keeps the publisher for as long as it takes.
Task<void> move_ports(std::shared_ptr<Publisher> publisher, std::optional<WayOut> way_out) {
  if (publisher) co_await publisher->move(std::move(way_out));
}

}  // namespace

Endpoint endpoint_of(const Place& place, bool way_out) {
  const auto& [ready, lease] = place;
  const Network& network = ready.network;
  Endpoint endpoint{lease.link, lease.inside,       ready.bridge.index, ready.bridge.mtu, lease.mac,
                    lease.address, network.subnet.prefix, lease.address6, 0,                {},        {}};
  if (network.subnet6) endpoint.prefix6 = network.subnet6->prefix;
  if (way_out && !network.internal) {
    endpoint.gateway = network.gateway;
    endpoint.gateway6 = network.gateway6;
  }
  return endpoint;
}

NetworkAttachment::NetworkAttachment(std::string root, std::string state, std::string id, std::string name)
    : root_(std::move(root)), state_(std::move(state)), id_(std::move(id)), name_(std::move(name)) {}

Lease wanted_lease(const NetworkEndpoint& wanted, const std::string& id, const std::string& name, unsigned index) {
  Lease lease;
  lease.id = id;
  lease.link = endpoint_name(id, index);
  lease.inside = fmt::format("eth{}", index);
  lease.mac = wanted.mac;
  lease.address6 = parse_optional(wanted.ip6);
  lease.names = {name, id.substr(0, short_id_digits)};
  for (const std::string& alias : wanted.aliases) lease.names.push_back(alias);
  return lease;
}

namespace {

void take_lease(const Networks& networks, const std::string& state, const Network& network,
                const NetworkEndpoint& wanted, Lease& lease) {
  if (lease.address6 && (!network.subnet6 || !network.subnet6->contains(*lease.address6)))
    throw Error(Errc::invalid, fmt::format("the address {} is not in a range of network {}", wanted.ip6, network.name));
  LeaseRange range{network.subnet, network.gateway};
  std::optional<LeaseRange> range6;
  if (host_has_ipv6() && network.subnet6) range6 = {*network.subnet6, network.gateway6.value_or(Address())};
  Leases leases(state, network.name);
  Lease first_try = lease;
  try {
    leases.take(range, range6, parse_optional(wanted.ip), first_try);
    lease = std::move(first_try);
  } catch (const Error& error) {
    if (error.code() == Errc::invalid) throw;
    networks.living_leases(network.name);
    leases.take(range, range6, parse_optional(wanted.ip), lease);
  }
}

}  // namespace

Task<Place> take_place(Networks networks, std::string state, NetworkEndpoint wanted, Lease lease, Netlink& host) {
  constexpr int attempts_max = 20;  // each time another one's `prune` came just between
  for (int attempt = 1; attempt <= attempts_max; ++attempt) {
    ReadyNetwork ready = co_await networks.bring_up(wanted.network, host);
    Place place{std::move(ready), lease};
    take_lease(networks, state, place.ready.network, wanted, place.lease);
    if (networks.still_stands(place.ready, host)) co_return std::move(place);
    Leases(state, place.ready.network.name).give_back(place.lease);
  }
  throw Error(Errc::conflict, fmt::format("network {} is taken down again and again by another ccocker; try again",
                                          wanted.network));
}

Task<void> NetworkAttachment::lease(const NetworkEndpoint& wanted, const std::string& hostname) {
  Lease lease = wanted_lease(wanted, id_, name_, static_cast<unsigned>(places_.size()));
  if (hostname != lease.names[1]) lease.names.push_back(hostname);
  Networks networks(root_, state_);
  Place place = co_await take_place(std::move(networks), state_, wanted, std::move(lease), *host_);
  places_.push_back(std::move(place));
}

// The other container's namespace.
void NetworkAttachment::share(const std::string& other) {
  std::optional<ContainerRecord> record = load_record(root_, state_, other);
  if (!record) throw Error(Errc::not_found, "no such container: " + other + " (its network was to be shared)");
  if (record->container.status != Status::running && record->container.status != Status::paused)
    throw Error(Errc::conflict, fmt::format("container {} is not running, so its network cannot be shared",
                                            record->container.name));
  Fd held = require_process(record->container, [this](pid_t pid) { shared_ = open_netns(pid); });
  // The one that made the network, where that one shares it, too: links and files are its.
  shares_with_ = network_owner(root_, state_, *record);
  etc_.shared_dir = container_dir(root_, shares_with_);
  note_sharing(state_, shares_with_, id_, true);
}

// On one of the container's own networks.
bool NetworkAttachment::is_beside(const std::string& server) const {
  std::optional<Address> address = Address::parse(server);
  return address && std::ranges::any_of(places_, [&](const Place& place) {
           const Network& network = place.ready.network;
           return network.subnet.contains(*address) || (network.subnet6 && network.subnet6->contains(*address));
         });
}

const Place* NetworkAttachment::way_out_place() const {
  auto found = std::ranges::find_if(places_, [](const Place& place) { return !place.ready.network.internal; });
  return found == places_.end() ? nullptr : &*found;
}

std::optional<WayOut> NetworkAttachment::way_out() const {
  const Place* place = way_out_place();
  if (!place) return std::nullopt;
  return WayOut{place->lease.address, place->lease.address6};
}

void NetworkAttachment::set_upstream(bool leads_out) {
  upstream_ = name_servers_;
  // They are asked from the host, which reaches what the container shall not: only those beside it are left.
  if (!leads_out) std::erase_if(upstream_, [&](const std::string& server) { return !is_beside(server); });
}

void NetworkAttachment::tell_etc_files(const Spec& spec, const std::string& hostname) {
  for (const Place& place : places_) {
    etc_.hosts.emplace_back(place.lease.address.str(), hostname);
    if (place.lease.address6) etc_.hosts.emplace_back(place.lease.address6->str(), hostname);
  }
  const Place* way_out = way_out_place();
  if (!way_out && !places_.empty()) way_out = &places_[0];  // the host is reached on an internal network, too
  if (way_out) etc_.gateway = way_out->ready.network.gateway.str();
  resolves_ = !serves_names(spec);
  name_servers_ = spec.dns.empty() ? host_name_servers() : spec.dns;
  set_upstream(way_out_place() != nullptr);
  if (resolves_)
    etc_.name_server = resolver_address;
  else if (spec.dns.empty())
    etc_.replaced_name_servers = reachable_name_servers();
}

Task<void> NetworkAttachment::prepare(Spec spec, FdView state_dir, std::string hostname) {
  if (spec.network == NetworkMode::container) share(spec.network_container);
  if (spec.network != NetworkMode::bridge) co_return;
  raise_descriptor_limit();
  host_.emplace(NETLINK_ROUTE);
  for (const NetworkEndpoint& wanted : spec.networks) co_await lease(wanted, hostname);
  std::string table = mark_of(root_) + "-" + id_.substr(0, short_id_digits);
  publisher_ = std::make_shared<Publisher>(published_ports(spec), std::move(table));
  co_await publisher_->open(way_out(), state_dir);
  tell_etc_files(spec, hostname);
}

void NetworkAttachment::attach(pid_t child) {
  if (!host_) return;
  Fd netns = open_netns(child);
  for (const Place& place : places_) make_endpoint(*host_, endpoint_of(place, false), netns);
  {
    InsideNetns there(netns);
    Netlink inside(NETLINK_ROUTE);
    if (places_.empty()) switch_on_loopback(inside);
    for (const Place& place : places_) configure_endpoint(inside, endpoint_of(place, &place == way_out_place()));
    if (resolves_) resolver_ = open_resolver();
  }
  host_->shrink();
  attached_ = true;
  for (const Place& place : places_) record_network_event(state_, "connect", place.ready.network, id_);
  publisher_->set_rules();
}

std::vector<Task<void>> NetworkAttachment::beside() {
  std::vector<Task<void>> tasks;
  if (publisher_) tasks.push_back(publisher_->serve());
  if (resolver_) tasks.push_back(resolve_names({state_, id_, upstream_}, *resolver_));
  return tasks;
}

Task<void> NetworkAttachment::move_way_out(std::optional<WayOut> way_out) {
  set_upstream(way_out.has_value());
  return move_ports(publisher_, std::move(way_out));
}

void NetworkAttachment::release() {
  if (publisher_) publisher_->close();
  resolver_.reset();
  if (!shares_with_.empty()) note_sharing(state_, shares_with_, id_, false);
  if (!host_) return;
  std::vector<std::string> left = release_container_network(state_, id_, is_shared(state_, id_));
  if (attached_) record_disconnects(root_, state_, left, id_);
}

}  // namespace ccocker::runtime
