#include "runtime/net/flows.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <algorithm>
#include <vector>

#include "runtime/net/firewall.h"
#include "runtime/net/netlink.h"

namespace ccocker::runtime {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t filter_source_address = 1;  // nf_internals.h, CTA_FILTER_F_CTA_IP_SRC

int source_of(const Address& address) { return address.is_v4() ? CTA_IP_V4_SRC : CTA_IP_V6_SRC; }

NetlinkMessage message(const char* what, int type, int flags, const Address& address) {
  NetlinkMessage made(what, NFNL_SUBSYS_CTNETLINK << 8 | type, flags);
  return std::move(made.header(nfgenmsg{static_cast<uint8_t>(address.family()), NFNETLINK_V0, 0}));
}

// Those that `address` answers. Kernels before 5.8 ignore the filter and list all.
NetlinkMessage list_request(const Address& address) {
  NetlinkMessage request = message("listing tracked connections", IPCTNL_MSG_CT_GET, NLM_F_DUMP, address);
  request.nest(CTA_TUPLE_REPLY | NLA_F_NESTED, [&](NetlinkMessage& tuple) {
    tuple.nest(CTA_TUPLE_IP | NLA_F_NESTED, [&](NetlinkMessage& ip) { ip.put(source_of(address), address.bytes()); });
  });
  request.nest(CTA_FILTER | NLA_F_NESTED,
               [](NetlinkMessage& filter) { filter.put_u32(CTA_FILTER_REPLY_FLAGS, filter_source_address); });
  return request;
}

bool is_answered_by(nlattr* reply, const Address& address) {
  nlattr* tuple[CTA_TUPLE_MAX + 1] = {};
  nlattr* ip[CTA_IP_MAX + 1] = {};
  if (!reply || nla_parse_nested(tuple, CTA_TUPLE_MAX, reply, nullptr) < 0) return false;
  if (!tuple[CTA_TUPLE_IP] || nla_parse_nested(ip, CTA_IP_MAX, tuple[CTA_TUPLE_IP], nullptr) < 0) return false;
  nlattr* source = ip[source_of(address)];
  std::span<const uint8_t> wanted = address.bytes();
  return source && nla_len(source) == static_cast<int>(wanted.size()) &&
         std::equal(wanted.begin(), wanted.end(), static_cast<const uint8_t*>(nla_data(source)));
}

// The tuples that the kernel knows them by.
std::vector<Bytes> flows_to(Netlink& netfilter, const Address& address) {
  std::vector<Bytes> flows;
  netfilter.ask(list_request(address), [&](const nlmsghdr& header) {
    nlattr* attributes[CTA_MAX + 1] = {};
    nlmsg_parse(const_cast<nlmsghdr*>(&header), sizeof(nfgenmsg), attributes, CTA_MAX, nullptr);
    nlattr* flow = attributes[CTA_TUPLE_ORIG];
    if (!flow || !is_answered_by(attributes[CTA_TUPLE_REPLY], address)) return;
    const auto* bytes = static_cast<const uint8_t*>(nla_data(flow));
    flows.emplace_back(bytes, bytes + nla_len(flow));
  });
  return flows;
}

void forget(Netlink& netfilter, const Address& address, const Bytes& flow) {
  NetlinkMessage request = message("forgetting a tracked connection", IPCTNL_MSG_CT_DELETE, 0, address);
  request.put(CTA_TUPLE_ORIG | NLA_F_NESTED, std::span(flow));
  try {
    netfilter.send(std::move(request));
  } catch (const Error&) {  // it has just ended by itself
  }
}

}  // namespace

void forget_flows(const Address& address) noexcept {
  try {
    Netlink netfilter = open_netfilter();
    for (const Bytes& flow : flows_to(netfilter, address)) forget(netfilter, address, flow);
  } catch (const std::exception&) {  // the kernel tracks none, or does not tell
  }
}

}  // namespace ccocker::runtime
