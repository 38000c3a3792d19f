#include "runtime/net/place.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/net/forwarding.h"
#include "runtime/net/host_net.h"

namespace ccocker::runtime {
namespace {

constexpr size_t short_id_digits = 12;

std::optional<Address> parse_optional(const std::string& text) {
  return text.empty() ? std::nullopt : Address::parse(text);
}

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

Lease wanted_lease(const NetworkEndpoint& wanted, const PlaceOwner& owner, unsigned index) {
  Lease lease;
  lease.id = owner.id;
  lease.link = endpoint_name(owner.id, index);
  lease.inside = fmt::format("eth{}", index);
  lease.mac = wanted.mac;
  lease.address6 = parse_optional(wanted.ip6);
  lease.names = {owner.name, owner.id.substr(0, short_id_digits)};
  for (const std::string& alias : wanted.aliases) lease.names.push_back(alias);
  if (owner.hostname != lease.names[1]) lease.names.push_back(owner.hostname);
  return lease;
}

Task<Place> take_place(Networks networks, std::string state, NetworkEndpoint wanted, Lease lease, Netlink& host) {
  constexpr int attempts_max = 20;  // each time another one's `prune` came just between
  for (int attempt = 1; attempt <= attempts_max; ++attempt) {
    ReadyNetwork ready = co_await networks.bring_up(wanted.network, host);
    Place place{std::move(ready), lease};
    take_lease(networks, state, place.ready.network, wanted, place.lease);
    if (networks.still_stands(place.ready, host)) co_return std::move(place);
    Leases(state, place.ready.network.name).give_back(place.lease);
  }
  throw Error(Errc::conflict,
              fmt::format("network {} is taken down again and again by another ccocker; try again", wanted.network));
}

Endpoint endpoint_of(const Place& place, bool leads_out) {
  const auto& [ready, lease] = place;
  const Network& network = ready.network;
  Endpoint endpoint{lease.link,
                    lease.inside,
                    ready.bridge.index,
                    ready.bridge.mtu,
                    lease.mac,
                    lease.address,
                    network.subnet.prefix,
                    lease.address6,
                    0,
                    {},
                    {}};
  if (network.subnet6) endpoint.prefix6 = network.subnet6->prefix;
  if (leads_out && !network.internal) {
    endpoint.gateway = network.gateway;
    endpoint.gateway6 = network.gateway6;
  }
  return endpoint;
}

}  // namespace ccocker::runtime
