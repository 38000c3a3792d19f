#include "runtime/net/nft_rules.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include <optional>
#include <string_view>

namespace ccocker::runtime {
namespace {

using Action = FirewallRule::Action;

std::string text_attribute(nlattr* attribute) { return attribute ? nla_get_string(attribute) : ""; }

uint8_t family_of(const nlmsghdr& header) { return static_cast<nfgenmsg*>(nlmsg_data(&header))->nfgen_family; }

void parse(const nlmsghdr& header, nlattr** attributes, int last) {
  nlmsg_parse(const_cast<nlmsghdr*>(&header), sizeof(nfgenmsg), attributes, last, nullptr);
}

// What an "immediate" expression that sets the verdict makes of its rule; other constants change nothing.
void put_verdict(nlattr* data, FirewallRule& rule) {
  nlattr* immediate[NFTA_IMMEDIATE_MAX + 1];
  if (!data || nla_parse_nested(immediate, NFTA_IMMEDIATE_MAX, data, nullptr) < 0) return;
  nlattr* value[NFTA_DATA_MAX + 1];
  if (!immediate[NFTA_IMMEDIATE_DATA]) return;
  nla_parse_nested(value, NFTA_DATA_MAX, immediate[NFTA_IMMEDIATE_DATA], nullptr);
  if (!value[NFTA_DATA_VERDICT]) return;
  nlattr* verdict[NFTA_VERDICT_MAX + 1];
  nla_parse_nested(verdict, NFTA_VERDICT_MAX, value[NFTA_DATA_VERDICT], nullptr);
  if (!verdict[NFTA_VERDICT_CODE]) return;
  rule.target = text_attribute(verdict[NFTA_VERDICT_CHAIN]);
  switch (static_cast<int>(ntohl(nla_get_u32(verdict[NFTA_VERDICT_CODE])))) {
    case NF_ACCEPT:
      rule.action = Action::accept;
      break;
    case NF_DROP:
      rule.action = Action::drop;
      break;
    case NFT_RETURN:
      rule.action = Action::go_back;
      break;
    case NFT_JUMP:
      rule.action = Action::jump;
      break;
    case NFT_GOTO:
      rule.action = Action::go_to;
      break;
  }
}

// "reject", or iptables-nft's "target" of that name.
bool is_reject(const std::string& name, nlattr* data) {
  if (name == "reject") return true;
  nlattr* target[NFTA_TARGET_MAX + 1];
  if (name != "target" || !data || nla_parse_nested(target, NFTA_TARGET_MAX, data, nullptr) < 0) return false;
  return text_attribute(target[NFTA_TARGET_NAME]) == "REJECT";
}

FirewallRule rule_of(nlattr* expressions) {
  std::string_view bytes(static_cast<const char*>(nla_data(expressions)), static_cast<size_t>(nla_len(expressions)));
  FirewallRule rule;
  rule.for_all = true;
  rule.names_ours = bytes.find(our_bridges) != bytes.npos;
  nlattr* element;
  int rest;
  nla_for_each_nested(element, expressions, rest) {
    nlattr* expression[NFTA_EXPR_MAX + 1];
    nla_parse_nested(expression, NFTA_EXPR_MAX, element, nullptr);
    std::string name = text_attribute(expression[NFTA_EXPR_NAME]);
    nlattr* data = expression[NFTA_EXPR_DATA];
    if (name == "immediate")
      put_verdict(data, rule);
    else if (is_reject(name, data))
      rule.action = Action::reject;
    else if (name != "counter" && name != "log")
      rule.for_all = false;
  }
  return rule;
}

// nullopt for what forwarded packets do not go through.
std::optional<ForwardChain> forward_chain_of(const nlmsghdr& header) {
  nlattr* chain[NFTA_CHAIN_MAX + 1];
  parse(header, chain, NFTA_CHAIN_MAX);
  uint8_t family = family_of(header);
  bool of_ip = family == NFPROTO_IPV4 || family == NFPROTO_INET || family == NFPROTO_IPV6;
  if (!of_ip || !chain[NFTA_CHAIN_HOOK] || !chain[NFTA_CHAIN_POLICY]) return std::nullopt;
  nlattr* hook[NFTA_HOOK_MAX + 1];
  nla_parse_nested(hook, NFTA_HOOK_MAX, chain[NFTA_CHAIN_HOOK], nullptr);
  if (!hook[NFTA_HOOK_HOOKNUM] || ntohl(nla_get_u32(hook[NFTA_HOOK_HOOKNUM])) != NF_INET_FORWARD) return std::nullopt;
  bool drops = ntohl(nla_get_u32(chain[NFTA_CHAIN_POLICY])) == NF_DROP;
  return ForwardChain{family, text_attribute(chain[NFTA_CHAIN_TABLE]), text_attribute(chain[NFTA_CHAIN_NAME]), drops};
}

// nullopt for one of another chain.
std::optional<FirewallRule> rule_in(const nlmsghdr& header, const std::string& table, const std::string& chain) {
  nlattr* rule[NFTA_RULE_MAX + 1];
  parse(header, rule, NFTA_RULE_MAX);
  bool this_chain = text_attribute(rule[NFTA_RULE_TABLE]) == table && text_attribute(rule[NFTA_RULE_CHAIN]) == chain;
  if (!this_chain || !rule[NFTA_RULE_EXPRESSIONS]) return std::nullopt;
  return rule_of(rule[NFTA_RULE_EXPRESSIONS]);
}

}  // namespace

std::vector<ForwardChain> forward_chains(Netlink& netfilter) {
  constexpr const char* what = "listing the firewall's chains";
  NetlinkMessage request = netfilter_message(what, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETCHAIN, NLM_F_DUMP, AF_UNSPEC);
  return netfilter.list(std::move(request), forward_chain_of);
}

std::vector<FirewallRule> rules_of(Netlink& netfilter, const ForwardChain& base, const std::string& chain) {
  constexpr const char* what = "listing the firewall's rules";
  NetlinkMessage request = netfilter_message(what, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, NLM_F_DUMP, base.family);
  request.put(NFTA_RULE_TABLE, base.table).put(NFTA_RULE_CHAIN, chain);
  auto rule_here = [&](const nlmsghdr& header) { return rule_in(header, base.table, chain); };
  std::vector<FirewallRule> rules = netfilter.list(std::move(request), rule_here);
  if (chain != base.name) return rules;
  FirewallRule policy{base.policy_drops ? Action::drop : Action::accept, {}, true};
  policy.is_policy = true;
  rules.push_back(policy);
  return rules;
}

}  // namespace ccocker::runtime
