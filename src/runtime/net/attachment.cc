#include "runtime/net/attachment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

#include "loop/sys.h"
#include "runtime/descriptor_limit.h"
#include "runtime/hold_process.h"
#include "runtime/net/container_leases.h"
#include "runtime/net/firewall.h"
#include "runtime/net/host_net.h"
#include "runtime/net/host_resolv.h"
#include "runtime/net/netns.h"
#include "runtime/object_events.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

constexpr size_t short_id_digits = 12;

// A container that is itself a name server would not get its port 53 while our resolver listens on 127.0.0.11.
bool serves_names(const Spec& spec) {
  auto is_53 = [](const std::string& exposed) { return exposed == "53" || exposed.starts_with("53/"); };
  return std::ranges::any_of(spec.exposed_ports, is_53) ||
         std::ranges::any_of(spec.ports, [](const PublishedPort& port) { return port.container_port == 53; });
}

bool has_lease(const std::string& state, const std::string& id, const WayOut& way_out) {
  return std::ranges::any_of(leases_of_container(state, id),
                             [&](const NetworkLease& held) { return held.lease.address == way_out.address; });
}

// Keeps the publisher for as long as it takes. Who asked for it may have lost patience with a supervisor that was
// stopped, and given the address back, which is another container's next.
Task<void> move_ports(std::shared_ptr<Publisher> publisher, std::string state, std::string id,
                      std::optional<WayOut> way_out) {
  if (way_out && !has_lease(state, id, *way_out))
    throw Error(Errc::conflict, fmt::format("the address {} is not the container's", way_out->address.str()));
  co_await publisher->move(std::move(way_out));
}

}  // namespace

NetworkAttachment::NetworkAttachment(std::string root, std::string state, std::string id, std::string name)
    : root_(std::move(root)), state_(std::move(state)), id_(std::move(id)), name_(std::move(name)) {}

Task<void> NetworkAttachment::lease(const NetworkEndpoint& wanted, const std::string& hostname) {
  Lease lease = wanted_lease(wanted, {id_, name_, hostname}, static_cast<unsigned>(places_.size()));
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

const Place* NetworkAttachment::outward_place() const {
  auto found = std::ranges::find_if(places_, [](const Place& place) { return !place.ready.network.internal; });
  return found == places_.end() ? nullptr : &*found;
}

std::optional<WayOut> NetworkAttachment::way_out() const {
  const Place* place = outward_place();
  if (!place) return std::nullopt;
  return WayOut{place->lease.address, place->lease.address6};
}

void NetworkAttachment::tell_etc_files(const Spec& spec, const std::string& hostname) {
  for (const Place& place : places_) {
    etc_.hosts.emplace_back(place.lease.address.str(), hostname);
    if (place.lease.address6) etc_.hosts.emplace_back(place.lease.address6->str(), hostname);
  }
  const Place* to_host = outward_place();
  if (!to_host && !places_.empty()) to_host = &places_[0];  // the host is reached on an internal network, too
  if (to_host) etc_.gateway = to_host->ready.network.gateway.str();
  resolves_ = !serves_names(spec);
  name_servers_.emplace(root_, state_, id_, spec.dns.empty() ? host_name_servers() : spec.dns);
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
    for (const Place& place : places_) configure_endpoint(inside, endpoint_of(place, &place == outward_place()));
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
  if (!resolver_) return tasks;
  auto upstream = [servers = *name_servers_, ports = publisher_] { return servers.to_ask(ports->leads_out()); };
  ResolverContext context{state_, id_, std::move(upstream)};
  tasks.push_back(resolve_names(std::move(context), *resolver_));
  return tasks;
}

Task<void> NetworkAttachment::move_way_out(std::optional<WayOut> way_out) {
  if (!publisher_) co_return;
  co_await move_ports(publisher_, state_, id_, std::move(way_out));
}

void NetworkAttachment::release() {
  if (publisher_) publisher_->close();
  if (!shares_with_.empty()) note_sharing(state_, shares_with_, id_, false);
  if (!host_) return;
  // The resolver's sockets keep the namespace: the links are quicker taken off while its end does not take its own.
  std::vector<std::string> left = release_container_network(state_, id_, is_shared(state_, id_));
  resolver_.reset();
  if (attached_) record_disconnects(root_, state_, left, id_);
}

}  // namespace ccocker::runtime
