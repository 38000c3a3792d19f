#include "runtime/net/firewall_rule.h"

#include <map>

namespace ccocker::runtime {
namespace {

using Action = FirewallRule::Action;

class Walk {
 public:
  explicit Walk(const std::function<std::vector<FirewallRule>(const std::string&)>& rules_of) : rules_of_(rules_of) {}

  const FirewallVerdict& settle(const std::string& chain) {
    auto [known, is_new] = known_.try_emplace(chain);  // a chain that comes back to itself settles nothing
    if (is_new) known->second = find(chain);
    return known->second;
  }

 private:
  FirewallVerdict find(const std::string& chain) {
    std::vector<FirewallRule> rules = rules_of_(chain);
    for (const FirewallRule& rule : rules) {
      FirewallVerdict verdict{rule.action, chain, rule.is_policy, rule.names_ours};
      bool goes_on = rule.action == Action::jump || rule.action == Action::go_to;
      if (goes_on) {
        verdict = settle(rule.target);
        verdict.for_ours |= rule.names_ours;
      }
      if (verdict.action == Action::accept && verdict.for_ours) return verdict;
      if (!rule.for_all) continue;
      if (verdict.action == Action::go_back || (rule.action == Action::go_to && verdict.action == Action::none)) break;
      if (verdict.action != Action::none) return verdict;
    }
    return end_of(chain, rules);
  }

  // Where nothing in it settles more: a base chain's policy does; another one goes back to who jumped there.
  static FirewallVerdict end_of(const std::string& chain, const std::vector<FirewallRule>& rules) {
    if (rules.empty() || !rules.back().is_policy) return {};
    return {rules.back().action, chain, true};
  }

  const std::function<std::vector<FirewallRule>(const std::string&)>& rules_of_;
  std::map<std::string, FirewallVerdict> known_;
};

}  // namespace

FirewallVerdict settle(const std::string& chain,
                       const std::function<std::vector<FirewallRule>(const std::string&)>& rules_of) {
  return Walk(rules_of).settle(chain);
}

}  // namespace ccocker::runtime
