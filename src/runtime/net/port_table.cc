#include "runtime/net/port_table.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "runtime/net/conntrack.h"
#include "runtime/net/firewall.h"
#include "runtime/net/link.h"

namespace ccocker::runtime {
namespace {

// nft's numbers for what a map's key is made of, so that `nft list` can show it (libnftables, datatype.h).
constexpr uint32_t type_ipv4 = 7, type_ipv6 = 8, type_protocol = 12, type_port = 13, type_bits = 6;
constexpr int32_t priority_dstnat = -100;
constexpr uint32_t reg32(unsigned bytes) { return NFT_REG32_00 + bytes / 4; }  // the register that far behind the first

using Bytes = std::vector<uint8_t>;

struct Entry {
  Bytes key, value;
};

// One map and the rule that looks into it.
struct PortMap {
  const char* name;
  bool six;       // of IPv6
  bool any_host;  // for every address of the host; otherwise the key begins with one
  std::vector<Entry> entries;
};

void append(Bytes& out, const Address& address) {
  out.insert(out.end(), address.bytes().begin(), address.bytes().end());
}

// Each part of a key fills whole registers of four bytes.
void append_port(Bytes& out, uint16_t port) {
  out.insert(out.end(), {static_cast<uint8_t>(port >> 8), static_cast<uint8_t>(port), 0, 0});
}

Entry entry_of(const PortMapping& mapping, const Address& target, bool any_host) {
  Entry entry;
  if (!any_host) append(entry.key, mapping.host);
  entry.key.insert(entry.key.end(), {static_cast<uint8_t>(mapping.udp ? IPPROTO_UDP : IPPROTO_TCP), 0, 0, 0});
  append_port(entry.key, mapping.host_port);
  append(entry.value, target);
  append_port(entry.value, mapping.container_port);
  return entry;
}

std::vector<PortMap> maps_of(const std::vector<PortMapping>& mappings, const Address& address,
                             const std::optional<Address>& address6) {
  std::vector<PortMap> maps = {{"ports4", false, true, {}},
                               {"ports4_at", false, false, {}},
                               {"ports6", true, true, {}},
                               {"ports6_at", true, false, {}}};
  for (const PortMapping& mapping : mappings) {
    if (mapping.host.is_loopback() || (!mapping.host.is_v4() && !address6)) continue;
    for (PortMap& map : maps)
      if (map.six != mapping.host.is_v4() && map.any_host == mapping.host.is_any())
        map.entries.push_back(entry_of(mapping, map.six ? *address6 : address, map.any_host));
  }
  std::erase_if(maps, [](const PortMap& map) { return map.entries.empty(); });
  return maps;
}

NetlinkMessage message(const char* what, int type, int flags) {
  return netfilter_message(what, NFNL_SUBSYS_NFTABLES, type, flags, NFPROTO_INET);
}

NetlinkMessage new_table(const std::string& name) {
  NetlinkMessage table = message("making the table of published ports", NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
  table.put(NFTA_TABLE_NAME, name).put_be32(NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
  return table;
}

NetlinkMessage new_chain(const std::string& table) {
  NetlinkMessage chain = message("making the chain of published ports", NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
  chain.put(NFTA_CHAIN_TABLE, table).put(NFTA_CHAIN_NAME, "prerouting");
  chain.nest(NFTA_CHAIN_HOOK | NLA_F_NESTED, [](NetlinkMessage& hook) {
    hook.put_be32(NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING);
    hook.put_be32(NFTA_HOOK_PRIORITY, static_cast<uint32_t>(priority_dstnat));
  });
  chain.put_be32(NFTA_CHAIN_POLICY, NF_ACCEPT).put(NFTA_CHAIN_TYPE, "nat");
  return chain;
}

NetlinkMessage new_map(const std::string& table, const PortMap& map, uint32_t id) {
  uint32_t address_type = map.six ? type_ipv6 : type_ipv4;
  uint32_t key = type_protocol << type_bits | type_port;
  if (!map.any_host) key |= address_type << 2 * type_bits;
  NetlinkMessage set = message("making a map of published ports", NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL);
  set.put(NFTA_SET_TABLE, table).put(NFTA_SET_NAME, map.name).put_be32(NFTA_SET_ID, id);
  set.put_be32(NFTA_SET_FLAGS, NFT_SET_MAP);
  set.put_be32(NFTA_SET_KEY_TYPE, key).put_be32(NFTA_SET_KEY_LEN, static_cast<uint32_t>(map.entries[0].key.size()));
  set.put_be32(NFTA_SET_DATA_TYPE, address_type << type_bits | type_port);
  set.put_be32(NFTA_SET_DATA_LEN, static_cast<uint32_t>(map.entries[0].value.size()));
  return set;
}

void put_value(NetlinkMessage& out, int attribute, const Bytes& bytes) {
  out.nest(attribute | NLA_F_NESTED, [&](NetlinkMessage& value) { value.put(NFTA_DATA_VALUE, std::span(bytes)); });
}

// Elements in messages that fit into a page each.
std::vector<NetlinkMessage> new_elements(const std::string& table, const PortMap& map, uint32_t id) {
  constexpr size_t elements_each_max = 24;
  std::vector<NetlinkMessage> messages;
  for (size_t begin = 0; begin < map.entries.size(); begin += elements_each_max) {
    size_t end = std::min(begin + elements_each_max, map.entries.size());
    NetlinkMessage some = message("publishing ports", NFT_MSG_NEWSETELEM, NLM_F_CREATE);
    some.put(NFTA_SET_ELEM_LIST_TABLE, table).put(NFTA_SET_ELEM_LIST_SET, map.name);
    some.put_be32(NFTA_SET_ELEM_LIST_SET_ID, id);
    some.nest(NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED, [&](NetlinkMessage& list) {
      for (size_t i = begin; i < end; ++i)
        list.nest(NFTA_LIST_ELEM | NLA_F_NESTED, [&](NetlinkMessage& element) {
          put_value(element, NFTA_SET_ELEM_KEY, map.entries[i].key);
          put_value(element, NFTA_SET_ELEM_DATA, map.entries[i].value);
        });
    });
    messages.push_back(std::move(some));
  }
  return messages;
}

using Fill = std::function<void(NetlinkMessage&)>;

void expression(NetlinkMessage& list, const char* name, const Fill& fill) {
  list.nest(NFTA_LIST_ELEM | NLA_F_NESTED, [&](NetlinkMessage& element) {
    element.put(NFTA_EXPR_NAME, name);
    element.nest(NFTA_EXPR_DATA | NLA_F_NESTED, fill);
  });
}

void load_meta(NetlinkMessage& list, uint32_t key, uint32_t reg) {
  expression(list, "meta", [&](NetlinkMessage& e) { e.put_be32(NFTA_META_DREG, reg).put_be32(NFTA_META_KEY, key); });
}

// Goes on with the rule only where the first register compares as said with `bytes`.
void compare(NetlinkMessage& list, uint32_t relation, const Bytes& bytes) {
  expression(list, "cmp", [&](NetlinkMessage& e) {
    e.put_be32(NFTA_CMP_SREG, reg32(0)).put_be32(NFTA_CMP_OP, relation);
    put_value(e, NFTA_CMP_DATA, bytes);
  });
}

void compare_number(NetlinkMessage& list, uint32_t relation, uint32_t number) {
  Bytes bytes(sizeof number);
  std::memcpy(bytes.data(), &number, sizeof number);  // these registers are in the host's order
  compare(list, relation, bytes);
}

void load_payload(NetlinkMessage& list, uint32_t base, uint32_t offset, uint32_t bytes, uint32_t reg) {
  expression(list, "payload", [&](NetlinkMessage& e) {
    e.put_be32(NFTA_PAYLOAD_DREG, reg).put_be32(NFTA_PAYLOAD_BASE, base);
    e.put_be32(NFTA_PAYLOAD_OFFSET, offset).put_be32(NFTA_PAYLOAD_LEN, bytes);
  });
}

// Only packets to the host itself, not those that it forwards.
void is_to_this_host(NetlinkMessage& list) {
  expression(list, "fib", [&](NetlinkMessage& e) {
    e.put_be32(NFTA_FIB_DREG, reg32(0)).put_be32(NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    e.put_be32(NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
  });
  compare_number(list, NFT_CMP_EQ, RTN_LOCAL);
}

// "meta iifgroup != ours fib daddr type local dnat ip to meta l4proto . th dport map @ports4": what comes from
// containers is left to the supervisor's proxy, since their answers would not come back through this host.
NetlinkMessage new_rule(const std::string& table, const PortMap& map, uint32_t id) {
  uint32_t address_bytes = map.six ? 16 : 4;
  NetlinkMessage rule = message("making a rule of published ports", NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  rule.put(NFTA_RULE_TABLE, table).put(NFTA_RULE_CHAIN, "prerouting");
  rule.nest(NFTA_RULE_EXPRESSIONS | NLA_F_NESTED, [&](NetlinkMessage& list) {
    load_meta(list, NFT_META_NFPROTO, reg32(0));
    compare(list, NFT_CMP_EQ, {static_cast<uint8_t>(map.six ? NFPROTO_IPV6 : NFPROTO_IPV4)});
    load_meta(list, NFT_META_IIFGROUP, reg32(0));
    compare_number(list, NFT_CMP_NEQ, bridge_group);
    uint32_t key = 0;
    if (map.any_host) {
      is_to_this_host(list);
    } else {
      load_payload(list, NFT_PAYLOAD_NETWORK_HEADER, map.six ? 24 : 16, address_bytes, reg32(0));
      key = address_bytes;
    }
    load_meta(list, NFT_META_L4PROTO, reg32(key));
    load_payload(list, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, reg32(key + 4));
    expression(list, "lookup", [&](NetlinkMessage& e) {
      e.put(NFTA_LOOKUP_SET, map.name).put_be32(NFTA_LOOKUP_SET_ID, id);
      e.put_be32(NFTA_LOOKUP_SREG, reg32(0)).put_be32(NFTA_LOOKUP_DREG, reg32(0));
    });
    expression(list, "nat", [&](NetlinkMessage& e) {
      e.put_be32(NFTA_NAT_TYPE, NFT_NAT_DNAT).put_be32(NFTA_NAT_FAMILY, map.six ? NFPROTO_IPV6 : NFPROTO_IPV4);
      e.put_be32(NFTA_NAT_REG_ADDR_MIN, reg32(0)).put_be32(NFTA_NAT_REG_PROTO_MIN, reg32(address_bytes));
    });
  });
  return rule;
}

}  // namespace

PortTable::PortTable(const std::string& name, const std::vector<PortMapping>& mappings, const Address& address,
                     const std::optional<Address>& address6)
    : mappings_(mappings) {
  std::vector<PortMap> maps = maps_of(mappings, address, address6);
  if (maps.empty()) return;
  netfilter_.emplace(open_netfilter());
  std::vector<NetlinkMessage> messages;
  messages.push_back(new_table(name));
  messages.push_back(new_chain(name));
  for (uint32_t i = 0; i < maps.size(); ++i) {
    messages.push_back(new_map(name, maps[i], i + 1));
    for (NetlinkMessage& some : new_elements(name, maps[i], i + 1)) messages.push_back(std::move(some));
    messages.push_back(new_rule(name, maps[i], i + 1));
  }
  netfilter_->transaction(std::move(messages));
  netfilter_->shrink();  // it is only held from here on
}

void PortTable::redirect_datagrams() {
  if (netfilter_) forget_datagram_flows(mappings_);
}

void PortTable::withdraw() {
  if (!netfilter_) return;
  netfilter_.reset();
  forget_datagram_flows(mappings_);
}

}  // namespace ccocker::runtime
