#include "runtime/net/forward_block.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "runtime/net/firewall.h"
#include "runtime/net/host_net.h"
#include "runtime/net/legacy_tables.h"

namespace ccocker::runtime {
namespace {

constexpr std::string_view our_bridges = "ccocker";  // what their names begin with

struct ForwardChain {
  uint8_t family;
  std::string table, name;
  bool policy_drops;
};

// What a rule does with a packet that no part of it has to match first.
enum class Effect { none, accepts, drops, rejects, accepts_ours };

std::string text_attribute(nlattr* attribute) { return attribute ? nla_get_string(attribute) : ""; }

constexpr const char* family_name(uint8_t family) {
  switch (family) {
    case NFPROTO_IPV4:
      return "ip";
    case NFPROTO_IPV6:
      return "ip6";
    default:
      return "inet";
  }
}

uint8_t family_of(const nlmsghdr& header) { return static_cast<nfgenmsg*>(nlmsg_data(&header))->nfgen_family; }

void parse(const nlmsghdr& header, nlattr** attributes, int last) {
  nlmsg_parse(const_cast<nlmsghdr*>(&header), sizeof(nfgenmsg), attributes, last, nullptr);
}

std::vector<ForwardChain> forward_chains(Netlink& netfilter) {
  NetlinkMessage request("listing the firewall's chains", NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, NLM_F_DUMP);
  request.header(nfgenmsg{AF_UNSPEC, NFNETLINK_V0, 0});
  std::vector<ForwardChain> chains;
  netfilter.ask(std::move(request), [&](const nlmsghdr& header) {
    nlattr* chain[NFTA_CHAIN_MAX + 1];
    parse(header, chain, NFTA_CHAIN_MAX);
    uint8_t family = family_of(header);
    bool of_ip = family == NFPROTO_IPV4 || family == NFPROTO_INET || family == NFPROTO_IPV6;
    if (!of_ip || !chain[NFTA_CHAIN_HOOK] || !chain[NFTA_CHAIN_POLICY]) return;
    nlattr* hook[NFTA_HOOK_MAX + 1];
    nla_parse_nested(hook, NFTA_HOOK_MAX, chain[NFTA_CHAIN_HOOK], nullptr);
    if (!hook[NFTA_HOOK_HOOKNUM] || ntohl(nla_get_u32(hook[NFTA_HOOK_HOOKNUM])) != NF_INET_FORWARD) return;
    bool drops = ntohl(nla_get_u32(chain[NFTA_CHAIN_POLICY])) == NF_DROP;
    chains.push_back({family, text_attribute(chain[NFTA_CHAIN_TABLE]), text_attribute(chain[NFTA_CHAIN_NAME]), drops});
  });
  return chains;
}

// Of an "immediate" expression that sets the verdict; none for other constants and for jumps.
Effect verdict_of(nlattr* data) {
  nlattr* immediate[NFTA_IMMEDIATE_MAX + 1];
  if (!data || nla_parse_nested(immediate, NFTA_IMMEDIATE_MAX, data, nullptr) < 0) return Effect::none;
  nlattr* value[NFTA_DATA_MAX + 1];
  if (!immediate[NFTA_IMMEDIATE_DATA]) return Effect::none;
  nla_parse_nested(value, NFTA_DATA_MAX, immediate[NFTA_IMMEDIATE_DATA], nullptr);
  if (!value[NFTA_DATA_VERDICT]) return Effect::none;
  nlattr* verdict[NFTA_VERDICT_MAX + 1];
  nla_parse_nested(verdict, NFTA_VERDICT_MAX, value[NFTA_DATA_VERDICT], nullptr);
  if (!verdict[NFTA_VERDICT_CODE]) return Effect::none;
  uint32_t code = ntohl(nla_get_u32(verdict[NFTA_VERDICT_CODE]));
  if (code == NF_ACCEPT) return Effect::accepts;
  return code == NF_DROP ? Effect::drops : Effect::none;
}

// "reject", or iptables-nft's "target" of that name.
bool is_reject(const std::string& name, nlattr* data) {
  if (name == "reject") return true;
  nlattr* target[NFTA_TARGET_MAX + 1];
  if (name != "target" || !data || nla_parse_nested(target, NFTA_TARGET_MAX, data, nullptr) < 0) return false;
  return text_attribute(target[NFTA_TARGET_NAME]) == "REJECT";
}

Effect effect_of(nlattr* expressions) {
  std::string_view bytes(static_cast<const char*>(nla_data(expressions)), static_cast<size_t>(nla_len(expressions)));
  bool for_ours = bytes.find(our_bridges) != bytes.npos, for_all = true;
  Effect effect = Effect::none;
  nlattr* element;
  int rest;
  nla_for_each_nested(element, expressions, rest) {
    nlattr* expression[NFTA_EXPR_MAX + 1];
    nla_parse_nested(expression, NFTA_EXPR_MAX, element, nullptr);
    std::string name = text_attribute(expression[NFTA_EXPR_NAME]);
    nlattr* data = expression[NFTA_EXPR_DATA];
    if (name == "immediate")
      effect = verdict_of(data);
    else if (is_reject(name, data))
      effect = Effect::rejects;
    else if (name != "counter" && name != "log")
      for_all = false;
  }
  if (for_ours && effect == Effect::accepts) return Effect::accepts_ours;
  return for_all ? effect : Effect::none;
}

// What the first rule that settles it does with what we forward.
Effect effect_of(Netlink& netfilter, const ForwardChain& chain) {
  NetlinkMessage request("listing the firewall's rules", NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP);
  request.header(nfgenmsg{chain.family, NFNETLINK_V0, 0});
  request.put(NFTA_RULE_TABLE, chain.table).put(NFTA_RULE_CHAIN, chain.name);
  Effect first = Effect::none;
  netfilter.ask(std::move(request), [&](const nlmsghdr& header) {
    nlattr* rule[NFTA_RULE_MAX + 1];
    parse(header, rule, NFTA_RULE_MAX);
    bool this_chain = text_attribute(rule[NFTA_RULE_TABLE]) == chain.table && text_attribute(rule[NFTA_RULE_CHAIN]) == chain.name;
    if (this_chain && first == Effect::none && rule[NFTA_RULE_EXPRESSIONS]) first = effect_of(rule[NFTA_RULE_EXPRESSIONS]);
  });
  return first;
}

std::string block_in(Netlink& netfilter, const ForwardChain& chain) {
  std::string name = fmt::format("chain {} of table {} {}", chain.name, family_name(chain.family), chain.table);
  switch (effect_of(netfilter, chain)) {
    case Effect::drops:
      return name + " has a rule that drops all";
    case Effect::rejects:
      return name + " has a rule that rejects all";
    case Effect::none:
      return chain.policy_drops ? name + " has the policy drop" : "";
    default:
      return "";
  }
}

}  // namespace

std::string forward_block(Netlink& netfilter) {
  for (const ForwardChain& chain : forward_chains(netfilter)) {
    std::string block = block_in(netfilter, chain);
    if (!block.empty()) return block;
  }
  return legacy_forward_block();
}

std::string forward_warning() {
  Netlink netfilter = open_netfilter();
  std::string block = forward_block(netfilter);
  if (block.empty()) return {};
  return fmt::format(
      "the host's firewall keeps containers from the outside{}: {}; add rules to it that accept what comes from and what "
      "goes to ccocker's bridges",
      bridged_packets_are_forwarded() ? " and from each other" : "", block);
}

}  // namespace ccocker::runtime
