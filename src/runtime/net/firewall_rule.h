#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::runtime {

constexpr std::string_view our_bridges = "ccocker";  // what their names begin with

// A rule of the host's firewall, as far as it may settle what happens to forwarded packets.
struct FirewallRule {
  enum class Action { none, accept, drop, reject, go_back, jump, go_to };

  Action action = Action::none;
  std::string target;       // of jump and go_to: a chain of the same table
  bool for_all = false;     // no part of it has to match first
  bool names_ours = false;  // it matches a bridge of ccocker's by name
  bool is_policy = false;   // the last word of a base chain
};

// Where a packet's way through a chain ends. A chain that settles nothing has Action::none.
struct FirewallVerdict {
  FirewallRule::Action action = FirewallRule::Action::none;
  std::string chain;  // where the rule stands
  bool is_policy = false;
  bool for_ours = false;
};

// What surely happens to all that reaches `chain`: the first rule for all that settles it, in it or where it goes on. A
// rule before that one which accepts and names a bridge of ccocker's is taken for the host's consent.
FirewallVerdict settle(const std::string& chain,
                       const std::function<std::vector<FirewallRule>(const std::string&)>& rules_of);

}  // namespace ccocker::runtime
