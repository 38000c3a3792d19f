#include "runtime/net/forward_block.h"

#include <fmt/format.h>
#include <linux/netfilter.h>

#include "runtime/net/firewall.h"
#include "runtime/net/host_net.h"
#include "runtime/net/legacy_tables.h"
#include "runtime/net/nft_rules.h"

namespace ccocker::runtime {
namespace {

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

// `table` is what a chain is of: "table ip filter".
std::string block_words(const FirewallVerdict& verdict, const std::string& table) {
  bool drops = verdict.action == FirewallRule::Action::drop, rejects = verdict.action == FirewallRule::Action::reject;
  if (!drops && !rejects) return {};
  const char* how = verdict.is_policy ? "the policy drop" : drops ? "a rule that drops all" : "a rule that rejects all";
  return fmt::format("chain {} of {} has {}", verdict.chain, table, how);
}

std::string nft_block(Netlink& netfilter) {
  for (const ForwardChain& base : forward_chains(netfilter)) {
    FirewallVerdict verdict =
        settle(base.name, [&](const std::string& chain) { return rules_of(netfilter, base, chain); });
    std::string block = block_words(verdict, fmt::format("table {} {}", family_name(base.family), base.table));
    if (!block.empty()) return block;
  }
  return {};
}

std::string legacy_block() {
  for (const LegacyTable& table : legacy_filter_tables()) {
    FirewallVerdict verdict = settle("FORWARD", [&](const std::string& chain) {
      auto found = table.chains.find(chain);
      return found == table.chains.end() ? std::vector<FirewallRule>() : found->second;
    });
    std::string block = block_words(verdict, table.name + "'s table filter");
    if (!block.empty()) return block;
  }
  return {};
}

}  // namespace

std::string forward_block(Netlink& netfilter) {
  std::string block = nft_block(netfilter);
  return block.empty() ? legacy_block() : block;
}

std::string forward_warning() {
  Netlink netfilter = open_netfilter();
  std::string block = forward_block(netfilter);
  if (block.empty()) return {};
  return fmt::format(
      "the host's firewall keeps containers from the outside{}: {}; add rules to it that accept what comes from and "
      "what "
      "goes to ccocker's bridges",
      bridged_packets_are_forwarded() ? " and from each other" : "", block);
}

}  // namespace ccocker::runtime
