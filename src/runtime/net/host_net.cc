#include "runtime/net/host_net.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

std::vector<Subnet> candidates() {
  std::vector<Subnet> ranges;
  for (uint32_t second : {29u, 30u, 31u, 28u, 27u, 26u, 25u, 24u, 23u, 22u, 21u, 20u, 19u, 18u, 17u, 16u})
    ranges.push_back({Address::v4(172u << 24 | second << 16), 16});
  for (uint32_t second = 255; second > 0; --second) ranges.push_back({Address::v4(10u << 24 | second << 16), 16});
  for (uint32_t third = 240; third > 0; third -= 16)
    ranges.push_back({Address::v4(192u << 24 | 168u << 16 | third << 8), 20});
  return ranges;
}

struct HostRanges {
  std::vector<Route> routes;
  std::vector<LinkStatus> links;

  const LinkStatus* link(unsigned index) const {
    for (const LinkStatus& link : links)
      if (link.index == index) return &link;
    return nullptr;
  }
};

HostRanges ranges_of(Netlink& host, int family) { return {list_routes(host, family), list_links(host)}; }

RangeConflict conflict_in(const HostRanges& host, const Subnet& subnet, const std::vector<Network>& others,
                          const std::string& own_bridge) {
  for (const Network& other : others) {
    bool overlaps = other.subnet.overlaps(subnet) || (other.subnet6 && other.subnet6->overlaps(subnet));
    if (overlaps && (own_bridge.empty() || other.bridge != own_bridge))
      return {fmt::format("{} overlaps the network {}", subnet.str(), other.name), true};
  }
  for (const Route& route : host.routes) {
    // Default routes, also those that VPNs split in two, cover everything and say nothing of a range.
    if (route.destination.prefix <= 1 || !route.destination.overlaps(subnet)) continue;
    // Of IPv6, wide routes (a VPN's fd00::/8) say nothing either: a /64 in them is anybody's to take.
    if (!subnet.base.is_v4() && route.destination.prefix < subnet.prefix) continue;
    const LinkStatus* link = host.link(route.link);
    if (link && link->name == own_bridge) continue;
    std::string through = link ? link->name : "nothing";
    return {fmt::format("{} is in use on this host ({} is routed through {})", subnet.str(), route.destination.str(),
                        through),
            link && link->group == bridge_group};
  }
  return {};
}

}  // namespace

bool bridged_packets_are_forwarded() {
  std::optional<std::string> text =
      sys::read_file_if_exists(sys::cwd(), "/proc/sys/net/bridge/bridge-nf-call-iptables");
  return text && text->starts_with('1');
}

RangeConflict range_conflict(Netlink& host, const Subnet& subnet, const std::vector<Network>& others,
                             const std::string& own_bridge) {
  return conflict_in(ranges_of(host, subnet.base.family()), subnet, others, own_bridge);
}

Subnet free_range(Netlink& host, const std::vector<Network>& others, std::string& moved) {
  HostRanges ranges = ranges_of(host, AF_INET);
  for (const Subnet& subnet : candidates()) {
    RangeConflict conflict = conflict_in(ranges, subnet, others, "");
    if (conflict.why.empty()) return subnet;
    if (!conflict.with_ours && moved.empty()) moved = conflict.why;
  }
  throw Error(Errc::conflict,
              "every private range of addresses is in use on this host; choose one with "
              "'ccocker network create --subnet'");
}

Subnet random_ula() {
  std::array<uint8_t, 16> bytes{0xfd};
  if (::getrandom(bytes.data() + 1, 7, 0) != 7) throw Error::sys("getrandom");
  return {Address::v6(bytes), 64};
}

}  // namespace ccocker::runtime
