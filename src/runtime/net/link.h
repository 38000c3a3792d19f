#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/net/address.h"
#include "runtime/net/netlink.h"

namespace ccocker::runtime {

// Every bridge of ours is in this group of links, whatever its name: rules and looks at the host find them by it.
constexpr uint32_t bridge_group = 0xcc0c;

struct LinkStatus {
  unsigned index = 0;
  unsigned mtu = 0;
  uint32_t group = 0;
  bool up = false;
  std::string name, alias;  // alias of a bridge of ours: the --root it belongs to
};

struct Route {
  Subnet destination;
  unsigned link = 0;  // index
};

std::optional<LinkStatus> find_link(Netlink& host, const std::string& name);
std::vector<LinkStatus> list_links(Netlink& host);
std::vector<Route> list_routes(Netlink& host, int family);  // of all tables, without multicast and local entries
unsigned uplink_mtu(Netlink& host);                         // of the link of the default route; 1500 when there is none

struct BridgePlan {
  std::string name, alias;
  Address gateway;
  unsigned prefix = 0;
  std::optional<Address> gateway6;
  unsigned prefix6 = 0;
  unsigned mtu = 1500;
};
// Makes the link; Errc::conflict when the name is taken.
void make_bridge(Netlink& host, const BridgePlan& plan);
// Gives it its addresses and switches it on, last of all: a bridge that is up is whole.
void finish_bridge(Netlink& host, const BridgePlan& plan);
void switch_off(Netlink& host, const LinkStatus& link);

// A container's place on a bridge: a pair of links, one end inside.
struct Endpoint {
  std::string host_name;         // of our end, "vcc0123456789a0"
  std::string inside_name;       // "eth0"
  unsigned bridge = 0, mtu = 0;  // index and MTU of the bridge
  std::string mac;
  Address address;
  unsigned prefix = 0;
  std::optional<Address> address6;
  unsigned prefix6 = 0;
  std::optional<Address> gateway, gateway6;  // nullopt: no default route
};
// Makes the pair, the far end straight inside the network namespace `there`.
void make_endpoint(Netlink& host, const Endpoint& endpoint, FdView there);
// Switches the far end on and gives it address and routes, through a socket that was opened inside.
void configure_endpoint(Netlink& inside, const Endpoint& endpoint);

// For a namespace that has nothing else.
void switch_on_loopback(Netlink& inside);

// Where default routes that go through one of `own_links` go from now on; others are the container's own affair.
void move_default_routes(Netlink& inside, const std::vector<std::string>& own_links, const std::string& link,
                         const Address& gateway, const std::optional<Address>& gateway6);

void delete_link(Netlink& host, const std::string& name);  // absence is fine
// The name of the `index`th link of a container on the host.
std::string endpoint_name(const std::string& id, unsigned index);

}  // namespace ccocker::runtime
