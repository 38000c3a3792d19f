#include "runtime/net/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <algorithm>
#include <compare>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/net/firewall.h"
#include "runtime/net/netlink.h"

namespace ccocker::runtime {
namespace {

using Bytes = std::vector<uint8_t>;

// What a client's datagrams were before any translation.
struct Flow {
  uint8_t family, protocol;
  Address destination;
  uint16_t port;
  uint32_t status;  // IPS_*
  Bytes tuple;      // as the kernel gave it: names the entry
};

Bytes bytes_of(nlattr* attribute) {
  auto* begin = static_cast<const uint8_t*>(nla_data(attribute));
  return {begin, begin + nla_len(attribute)};
}

std::optional<Address> destination_of(nlattr* nested) {
  nlattr* ip[CTA_IP_MAX + 1];
  if (!nested || nla_parse_nested(ip, CTA_IP_MAX, nested, nullptr) < 0) return std::nullopt;
  if (ip[CTA_IP_V4_DST]) return Address::v4(ntohl(nla_get_u32(ip[CTA_IP_V4_DST])));
  if (!ip[CTA_IP_V6_DST] || nla_len(ip[CTA_IP_V6_DST]) != 16) return std::nullopt;
  return Address::v6(std::span<const uint8_t, 16>(static_cast<const uint8_t*>(nla_data(ip[CTA_IP_V6_DST])), 16));
}

// nullopt for what has no ports.
std::optional<Flow> flow_of(const nlmsghdr& header) {
  nlattr *entry[CTA_MAX + 1], *tuple[CTA_TUPLE_MAX + 1], *protocol[CTA_PROTO_MAX + 1];
  if (nlmsg_parse(const_cast<nlmsghdr*>(&header), sizeof(nfgenmsg), entry, CTA_MAX, nullptr) < 0) return std::nullopt;
  if (!entry[CTA_TUPLE_ORIG] || !entry[CTA_STATUS]) return std::nullopt;
  if (nla_parse_nested(tuple, CTA_TUPLE_MAX, entry[CTA_TUPLE_ORIG], nullptr) < 0) return std::nullopt;
  std::optional<Address> destination = destination_of(tuple[CTA_TUPLE_IP]);
  if (!destination || !tuple[CTA_TUPLE_PROTO]) return std::nullopt;
  if (nla_parse_nested(protocol, CTA_PROTO_MAX, tuple[CTA_TUPLE_PROTO], nullptr) < 0) return std::nullopt;
  if (!protocol[CTA_PROTO_NUM] || !protocol[CTA_PROTO_DST_PORT]) return std::nullopt;
  return Flow{static_cast<nfgenmsg*>(nlmsg_data(&header))->nfgen_family,
              nla_get_u8(protocol[CTA_PROTO_NUM]),
              *destination,
              ntohs(nla_get_u16(protocol[CTA_PROTO_DST_PORT])),
              ntohl(nla_get_u32(entry[CTA_STATUS])),
              bytes_of(entry[CTA_TUPLE_ORIG])};
}

using MappingsByPort = std::multimap<uint16_t, PortMapping>;

bool leads_to(const PortMapping& mapping, const Flow& flow) {
  if (mapping.host.is_v4() != flow.destination.is_v4()) return false;
  return mapping.host.is_any() || mapping.host == flow.destination;
}

bool leads_to_any(const MappingsByPort& mappings, const Flow& flow) {
  auto [begin, end] = mappings.equal_range(flow.port);
  return std::any_of(begin, end, [&](const auto& each) { return leads_to(each.second, flow); });
}

// Masqueraded and not led to a container: it passes through this host to the same port of another one.
bool only_passes(const Flow& flow) { return (flow.status & IPS_NAT_MASK) == IPS_SRC_NAT; }

NetlinkMessage request(const char* what, int type, int flags, uint8_t family) {
  return netfilter_message(what, NFNL_SUBSYS_CTNETLINK, type, flags, family);
}

// What to list: all, or datagrams of a family, to one port or any.
struct Listing {
  uint8_t family = AF_UNSPEC;
  std::optional<uint16_t> port;
  auto operator<=>(const Listing&) const = default;
};

NetlinkMessage request_of(const Listing& listing) {
  // Of CTA_FILTER_ORIG_FLAGS (the kernel's nf_internals.h; no header for programs has them).
  constexpr uint32_t by_protocol = 1 << 3, by_destination_port = 1 << 5;
  NetlinkMessage made = request("listing tracked connections", IPCTNL_MSG_CT_GET, NLM_F_DUMP, listing.family);
  if (listing.family == AF_UNSPEC) return made;
  made.nest(CTA_TUPLE_ORIG | NLA_F_NESTED, [&](NetlinkMessage& tuple) {
    tuple.nest(CTA_TUPLE_PROTO | NLA_F_NESTED, [&](NetlinkMessage& protocol) {
      protocol.put_u8(CTA_PROTO_NUM, IPPROTO_UDP);
      if (listing.port) protocol.put_u16(CTA_PROTO_DST_PORT, htons(*listing.port));
    });
  });
  made.nest(CTA_FILTER | NLA_F_NESTED, [&](NetlinkMessage& filter) {
    filter.put_u32(CTA_FILTER_ORIG_FLAGS, by_protocol | (listing.port ? by_destination_port : 0));
  });
  return made;
}

// How many entries this network namespace has.
unsigned long tracked() {
  std::optional<std::string> text = sys::read_file_if_exists(sys::cwd(), "/proc/sys/net/netfilter/nf_conntrack_count");
  return text ? std::strtoul(text->c_str(), nullptr, 10) : 0;
}

// A listing costs some 10 ms for the table's 262144 buckets, empty or not, and 3 us for each entry given. So one of all
// is best where there are few, and where there are many the kernel picks (since 5.8; before, it gives all of a family).
std::set<Listing> listings_for(const std::vector<PortMapping>& mappings) {
  constexpr unsigned long few = 3000;
  constexpr size_t ports_max = 8;
  unsigned long count = tracked();
  if (count == 0) return {};
  if (count <= few) return {Listing{}};
  std::set<Listing> by_port, by_family;
  for (const PortMapping& it : mappings) {
    uint8_t family = static_cast<uint8_t>(it.host.family());
    by_port.insert({family, it.host_port});
    by_family.insert({family, std::nullopt});
  }
  return by_port.size() <= ports_max ? by_port : by_family;
}

std::vector<Flow> flows_to(const std::vector<PortMapping>& mappings, Netlink& netfilter) {
  MappingsByPort by_port;
  for (const PortMapping& it : mappings) by_port.emplace(it.host_port, it);
  auto flow_to_us = [&](const nlmsghdr& header) {
    std::optional<Flow> flow = flow_of(header);
    bool ours = flow && flow->protocol == IPPROTO_UDP && !only_passes(*flow) && leads_to_any(by_port, *flow);
    return ours ? std::move(flow) : std::nullopt;
  };
  std::vector<Flow> flows;
  for (const Listing& listing : listings_for(mappings))
    for (Flow& flow : netfilter.list(request_of(listing), flow_to_us)) flows.push_back(std::move(flow));
  return flows;
}

void forget(const Flow& flow, Netlink& netfilter) {
  NetlinkMessage removal = request("removing a tracked connection", IPCTNL_MSG_CT_DELETE, 0, flow.family);
  removal.put(CTA_TUPLE_ORIG | NLA_F_NESTED, std::span(flow.tuple));
  try {
    netfilter.send(std::move(removal));
  } catch (const Error& error) {
    if (error.errno_value() != ENOENT) throw;  // it has timed out meanwhile
  }
}

}  // namespace

void forget_datagram_flows(std::vector<PortMapping> mappings) {
  std::erase_if(mappings, [](const PortMapping& it) { return !it.udp || it.host.is_loopback(); });
  if (mappings.empty()) return;
  try {
    Netlink netfilter = open_netfilter();
    for (const Flow& flow : flows_to(mappings, netfilter)) forget(flow, netfilter);
  } catch (const Error&) {
    // The container is served all the same; only a client that never stops is not.
  }
}

}  // namespace ccocker::runtime
