#include "runtime/net/link.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include <cerrno>
#include <cstring>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

// A router advertisement of a container would otherwise be believed: by its neighbours, which would send all they have to
// say through it, and by the host (CVE-2020-13401). In the network namespace that this thread is in.
void ignore_routers(const std::string& link) {
  std::string setting = "/proc/sys/net/ipv6/conf/" + link + "/accept_ra";
  if (sys::exists(setting)) sys::write_kernel_file(sys::cwd(), setting, "0");
}

template <typename Object, void (*put)(Object*)>
struct Put {
  void operator()(Object* object) const { put(object); }
};
using LinkObject = std::unique_ptr<rtnl_link, Put<rtnl_link, rtnl_link_put>>;
using VethObject = std::unique_ptr<rtnl_link, Put<rtnl_link, rtnl_link_veth_release>>;
using AddressObject = std::unique_ptr<rtnl_addr, Put<rtnl_addr, rtnl_addr_put>>;
using RouteObject = std::unique_ptr<rtnl_route, Put<rtnl_route, rtnl_route_put>>;
using RawAddress = std::unique_ptr<nl_addr, Put<nl_addr, nl_addr_put>>;

RawAddress raw_address(const Address& address, unsigned prefix) {
  RawAddress raw(nl_addr_build(address.family(), address.bytes().data(), address.bytes().size()));
  nl_addr_set_prefixlen(raw.get(), static_cast<int>(prefix));
  return raw;
}

void must_build(int result, const std::string& what) {
  if (result < 0) throw Error(Errc::failed, what + ": " + nl_geterror(result));
}

template <size_t count>
void read_attributes(const nlmsghdr& header, size_t fixed, nlattr* (&out)[count]) {
  nlmsg_parse(const_cast<nlmsghdr*>(&header), static_cast<int>(fixed), out, count - 1, nullptr);
}

LinkStatus link_of(const nlmsghdr& header) {
  nlattr* attributes[IFLA_MAX + 1];
  read_attributes(header, sizeof(ifinfomsg), attributes);
  auto* fixed = static_cast<ifinfomsg*>(nlmsg_data(&header));
  LinkStatus link;
  link.index = static_cast<unsigned>(fixed->ifi_index);
  link.up = fixed->ifi_flags & IFF_UP;
  if (attributes[IFLA_IFNAME]) link.name = nla_get_string(attributes[IFLA_IFNAME]);
  if (attributes[IFLA_MTU]) link.mtu = nla_get_u32(attributes[IFLA_MTU]);
  if (attributes[IFLA_GROUP]) link.group = nla_get_u32(attributes[IFLA_GROUP]);
  if (attributes[IFLA_IFALIAS]) link.alias = nla_get_string(attributes[IFLA_IFALIAS]);
  return link;
}

std::optional<Address> address_of(int family, nlattr* attribute) {
  if (!attribute) return std::nullopt;
  const auto* bytes = static_cast<const uint8_t*>(nla_data(attribute));
  if (family == AF_INET6 && nla_len(attribute) >= 16) return Address::v6(std::span<const uint8_t, 16>(bytes, 16));
  if (family != AF_INET || nla_len(attribute) < 4) return std::nullopt;
  return Address::v4(uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3]);
}

// nullopt for multicast and local entries.
std::optional<Route> route_of(const nlmsghdr& header, int family) {
  nlattr* attributes[RTA_MAX + 1];
  read_attributes(header, sizeof(rtmsg), attributes);
  auto* route = static_cast<rtmsg*>(nlmsg_data(&header));
  if (route->rtm_type == RTN_MULTICAST || route->rtm_type == RTN_LOCAL || route->rtm_type == RTN_BROADCAST)
    return std::nullopt;
  std::optional<Address> to = address_of(family, attributes[RTA_DST]);
  if (!to) to = family == AF_INET ? Address() : Address::v6(std::array<uint8_t, 16>{});
  unsigned link = attributes[RTA_OIF] ? nla_get_u32(attributes[RTA_OIF]) : 0;
  return Route{Subnet::of(*to, route->rtm_dst_len), link};
}

NetlinkMessage address_message(unsigned link, const Address& address, unsigned prefix) {
  std::string what = "giving the address " + address.str();
  AddressObject object(rtnl_addr_alloc());
  RawAddress local = raw_address(address, prefix);
  rtnl_addr_set_ifindex(object.get(), static_cast<int>(link));
  rtnl_addr_set_local(object.get(), local.get());
  if (address.is_v4() && prefix < 31) {
    uint32_t host_bits = prefix == 0 ? ~0u : ~0u >> prefix;
    RawAddress broadcast = raw_address(Address::v4(address.number() | host_bits), prefix);
    rtnl_addr_set_broadcast(object.get(), broadcast.get());
  }
  // Nobody else can have it: waiting a second for duplicates (RFC 4862, 5.4) would be the start's longest step.
  if (!address.is_v4()) rtnl_addr_set_flags(object.get(), IFA_F_NODAD);
  nl_msg* message = nullptr;
  must_build(rtnl_addr_build_add_request(object.get(), NLM_F_CREATE | NLM_F_REPLACE, &message), what);
  return {what, message};
}

NetlinkMessage switch_message(unsigned link, const std::string& name, bool on) {
  NetlinkMessage message("switching the link " + name + (on ? " on" : " off"), RTM_NEWLINK, 0);
  ifinfomsg status{};
  status.ifi_index = static_cast<int>(link);
  status.ifi_flags = on ? IFF_UP : 0;
  status.ifi_change = IFF_UP;
  return std::move(message.header(status));
}

NetlinkMessage up_message(unsigned link, const std::string& name) { return switch_message(link, name, true); }

NetlinkMessage loopback_message() {
  constexpr unsigned loopback_index = 1;  // the first link of every namespace (dev.c, loopback.c)
  return up_message(loopback_index, "lo");
}

NetlinkMessage default_route_message(unsigned link, const Address& gateway) {
  std::string what = "adding the default route through " + gateway.str();
  RouteObject route(rtnl_route_alloc());
  RawAddress everywhere = raw_address(gateway.is_v4() ? Address() : Address::v6(std::array<uint8_t, 16>{}), 0);
  RawAddress through = raw_address(gateway, gateway.is_v4() ? 32 : 128);
  rtnl_route_set_dst(route.get(), everywhere.get());
  rtnl_route_set_table(route.get(), RT_TABLE_MAIN);
  rtnl_route_set_scope(route.get(), RT_SCOPE_UNIVERSE);
  rtnl_route_set_protocol(route.get(), RTPROT_BOOT);
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  rtnl_route_nh_set_ifindex(hop, static_cast<int>(link));
  rtnl_route_nh_set_gateway(hop, through.get());
  rtnl_route_add_nexthop(route.get(), hop);
  nl_msg* message = nullptr;
  must_build(rtnl_route_build_add_request(route.get(), NLM_F_CREATE | NLM_F_REPLACE, &message), what);
  return {what, message};
}

NetlinkMessage veth_message(const Endpoint& endpoint, FdView there) {
  std::string what = "creating the link " + endpoint.host_name;
  VethObject pair(rtnl_link_veth_alloc());
  LinkObject far(rtnl_link_veth_get_peer(pair.get()));
  rtnl_link_set_name(pair.get(), endpoint.host_name.c_str());
  rtnl_link_set_name(far.get(), endpoint.inside_name.c_str());
  rtnl_link_set_ns_fd(far.get(), there.get());
  RawAddress mac(nl_addr_build(AF_LLC, parse_mac(endpoint.mac).value().data(), 6));
  rtnl_link_set_addr(far.get(), mac.get());
  rtnl_link_set_master(pair.get(), static_cast<int>(endpoint.bridge));
  for (rtnl_link* end : {pair.get(), far.get()}) rtnl_link_set_mtu(end, endpoint.mtu);
  // The far end has no other end yet when it is made, and cannot be switched on before it has (veth.c, veth_open).
  rtnl_link_set_flags(pair.get(), IFF_UP);
  nl_msg* message = nullptr;
  must_build(rtnl_link_build_add_request(pair.get(), NLM_F_CREATE | NLM_F_EXCL, &message), what);
  return {what, message};
}

}  // namespace

std::optional<LinkStatus> find_link(Netlink& host, const std::string& name) {
  NetlinkMessage request("looking for the link " + name, RTM_GETLINK, 0);
  request.header(ifinfomsg{}).put(IFLA_IFNAME, name);
  std::optional<LinkStatus> found;
  try {
    host.ask(std::move(request), [&](const nlmsghdr& header) { found = link_of(header); });
  } catch (const Error& error) {
    if (error.errno_value() != ENODEV) throw;
  }
  return found;
}

std::vector<LinkStatus> list_links(Netlink& host) {
  NetlinkMessage request("listing links", RTM_GETLINK, NLM_F_DUMP);
  request.header(ifinfomsg{});
  return host.list(std::move(request), [](const nlmsghdr& header) { return std::optional(link_of(header)); });
}

std::vector<Route> list_routes(Netlink& host, int family) {
  NetlinkMessage request("listing routes", RTM_GETROUTE, NLM_F_DUMP);
  rtmsg fixed{};
  fixed.rtm_family = static_cast<unsigned char>(family);
  request.header(fixed);
  return host.list(std::move(request), [&](const nlmsghdr& header) { return route_of(header, family); });
}

unsigned uplink_mtu(Netlink& host) {
  constexpr unsigned usual_mtu = 1500;
  for (const Route& route : list_routes(host, AF_INET)) {
    if (route.destination.prefix != 0 || route.link == 0) continue;
    for (const LinkStatus& link : list_links(host))
      if (link.index == route.link) return link.mtu;
  }
  return usual_mtu;
}

void make_bridge(Netlink& host, const BridgePlan& plan) {
  NetlinkMessage bridge("creating the bridge " + plan.name, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  bridge.header(ifinfomsg{}).put(IFLA_IFNAME, plan.name).put_u32(IFLA_GROUP, bridge_group).put_u32(IFLA_MTU, plan.mtu);
  // An address of its own: otherwise it takes that of a container's link, and changes it when that goes.
  bridge.put(IFLA_ADDRESS, std::span<const uint8_t>(parse_mac(mac_of(plan.gateway)).value()));
  bridge.nest(IFLA_LINKINFO, [](NetlinkMessage& info) { info.put(IFLA_INFO_KIND, "bridge"); });
  try {
    host.send(std::move(bridge));
  } catch (const Error& error) {
    if (error.errno_value() != EEXIST) throw;
    throw Error(Errc::conflict, "there is a link named " + plan.name + " on this host that is not ours");
  }
  // A new link takes no alias: only a change does (rtnetlink.c, do_setlink).
  NetlinkMessage alias("naming the bridge " + plan.name, RTM_NEWLINK, 0);
  alias.header(ifinfomsg{}).put(IFLA_IFNAME, plan.name).put(IFLA_IFALIAS, plan.alias);
  host.send(std::move(alias));
}

void finish_bridge(Netlink& host, const BridgePlan& plan) {
  std::optional<LinkStatus> bridge = find_link(host, plan.name);
  if (!bridge) throw Error(Errc::failed, "the bridge " + plan.name + " went away while it was set up; try again");
  ignore_routers(plan.name);
  std::vector<NetlinkMessage> messages;
  messages.push_back(address_message(bridge->index, plan.gateway, plan.prefix));
  if (plan.gateway6) messages.push_back(address_message(bridge->index, *plan.gateway6, plan.prefix6));
  messages.push_back(up_message(bridge->index, plan.name));
  host.batch(messages);
}

void switch_off(Netlink& host, const LinkStatus& link) { host.send(switch_message(link.index, link.name, false)); }

void make_endpoint(Netlink& host, const Endpoint& endpoint, FdView there) {
  try {
    return host.send(veth_message(endpoint, there));
  } catch (const Error& error) {
    if (error.errno_value() != EEXIST) throw;
  }
  // A container that is restarted at once: the kernel has not yet got round to its last namespace, and the link there.
  delete_link(host, endpoint.host_name);
  host.send(veth_message(endpoint, there));
}

void configure_endpoint(Netlink& inside, const Endpoint& endpoint) {
  std::optional<LinkStatus> link = find_link(inside, endpoint.inside_name);
  if (!link) throw Error(Errc::failed, "the link " + endpoint.inside_name + " is not in the container");
  ignore_routers(endpoint.inside_name);
  std::vector<NetlinkMessage> messages;
  messages.push_back(loopback_message());
  messages.push_back(up_message(link->index, endpoint.inside_name));
  messages.push_back(address_message(link->index, endpoint.address, endpoint.prefix));
  if (endpoint.address6) messages.push_back(address_message(link->index, *endpoint.address6, endpoint.prefix6));
  if (endpoint.gateway) messages.push_back(default_route_message(link->index, *endpoint.gateway));
  if (endpoint.gateway6 && endpoint.address6)
    messages.push_back(default_route_message(link->index, *endpoint.gateway6));
  inside.batch(messages);
}

void switch_on_loopback(Netlink& inside) { inside.send(loopback_message()); }

static bool has_default_route(Netlink& inside, int family, const std::vector<std::string>& through) {
  std::vector<unsigned> links;
  for (const LinkStatus& link : list_links(inside))
    if (std::ranges::find(through, link.name) != through.end()) links.push_back(link.index);
  return std::ranges::any_of(list_routes(inside, family), [&](const Route& route) {
    return route.destination.prefix == 0 && std::ranges::find(links, route.link) != links.end();
  });
}

void move_default_routes(Netlink& inside, const std::vector<std::string>& own_links, const std::string& name,
                         const Address& gateway, const std::optional<Address>& gateway6) {
  std::optional<LinkStatus> link = find_link(inside, name);
  if (!link) return;
  std::vector<NetlinkMessage> messages;
  if (has_default_route(inside, AF_INET, own_links)) messages.push_back(default_route_message(link->index, gateway));
  if (gateway6 && has_default_route(inside, AF_INET6, own_links))
    messages.push_back(default_route_message(link->index, *gateway6));
  if (!messages.empty()) inside.batch(messages);
}

void delete_link(Netlink& host, const std::string& name) {
  NetlinkMessage request("removing the link " + name, RTM_DELLINK, 0);
  request.header(ifinfomsg{}).put(IFLA_IFNAME, name);
  try {
    host.send(std::move(request));
  } catch (const Error& error) {
    if (error.errno_value() != ENODEV) throw;
  }
}

std::string endpoint_name(const std::string& id, unsigned index) {
  constexpr size_t id_digits = 11;  // a link's name has 15 bytes (netdevice(7), IFNAMSIZ)
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  if (index >= digits.size()) throw Error(Errc::invalid, "a container can be on 36 networks at most");
  return "vcc" + id.substr(0, id_digits) + digits[index];
}

}  // namespace ccocker::runtime
