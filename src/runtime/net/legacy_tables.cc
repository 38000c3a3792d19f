#include "runtime/net/legacy_tables.h"

// The filter tables of x_tables, as the kernel gives them to getsockopt(2) (linux/netfilter_ipv4/ip_tables.h,
// linux/netfilter_ipv6/ip6_tables.h). Their headers and the C library's for the internet do not go together, so they
// have a file of their own.
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>

#include <cstring>
#include <string_view>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

using Action = FirewallRule::Action;

constexpr const char* table_name = "filter";

// What the two families call the same thing.
struct Ip4 {
  using Entry = ipt_entry;
  using Match = ipt_ip;
  using Info = ipt_getinfo;
  using Entries = ipt_get_entries;
  static constexpr const char* program = "iptables-legacy";
  static constexpr const char* table_names = "/proc/net/ip_tables_names";
  static constexpr int family = AF_INET, level = IPPROTO_IP, get_info = IPT_SO_GET_INFO,
                       get_entries = IPT_SO_GET_ENTRIES;
  static constexpr unsigned goto_flag = IPT_F_GOTO;
  static const Match& match(const Entry& entry) { return entry.ip; }
};

struct Ip6 {
  using Entry = ip6t_entry;
  using Match = ip6t_ip6;
  using Info = ip6t_getinfo;
  using Entries = ip6t_get_entries;
  static constexpr const char* program = "ip6tables-legacy";
  static constexpr const char* table_names = "/proc/net/ip6_tables_names";
  static constexpr int family = AF_INET6, level = IPPROTO_IPV6, get_info = IP6T_SO_GET_INFO,
                       get_entries = IP6T_SO_GET_ENTRIES;
  static constexpr unsigned goto_flag = IP6T_F_GOTO;
  static const Match& match(const Entry& entry) { return entry.ipv6; }
};

template <typename Ip>
class FilterTable {
 public:
  // Empty when there is none, it changed meanwhile, or we may not look.
  FilterTable() {
    // Asking for a table that is not there would load it.
    std::string names = "\n" + sys::read_file_if_exists(sys::cwd(), Ip::table_names).value_or("");
    if (names.find("\nfilter\n") == names.npos) return;
    Fd socket(::socket(Ip::family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    if (!socket) return;
    std::strcpy(info_.name, table_name);
    socklen_t size = sizeof info_;
    if (::getsockopt(socket.get(), Ip::level, Ip::get_info, &info_, &size) < 0) return;
    bytes_.resize(sizeof(typename Ip::Entries) + info_.size);
    auto* request = reinterpret_cast<typename Ip::Entries*>(bytes_.data());
    std::strcpy(request->name, table_name);
    request->size = info_.size;
    size = static_cast<socklen_t>(bytes_.size());
    if (::getsockopt(socket.get(), Ip::level, Ip::get_entries, bytes_.data(), &size) < 0) bytes_.clear();
  }

  std::map<std::string, std::vector<FirewallRule>> chains() const {
    std::map<std::string, std::vector<FirewallRule>> chains;
    std::map<unsigned, std::string> names = chain_names();
    std::string chain;
    for_each_entry([&](unsigned at, const typename Ip::Entry& entry) {
      if (auto begins = names.find(at); begins != names.end()) chain = begins->second;
      if (target_name(entry) == XT_ERROR_TARGET) return;  // the head of the next chain
      chains[chain].push_back(rule(at, entry, names));
    });
    return chains;
  }

 private:
  template <typename Take>
  void for_each_entry(const Take& take) const {
    for (unsigned at = 0; !bytes_.empty() && at + sizeof(typename Ip::Entry) <= info_.size;) {
      const auto& entry =
          *reinterpret_cast<const typename Ip::Entry*>(bytes_.data() + offsetof(typename Ip::Entries, entrytable) + at);
      bool is_whole = entry.target_offset >= sizeof entry && entry.next_offset <= info_.size - at &&
                      entry.next_offset >= entry.target_offset + sizeof(xt_entry_target);
      if (!is_whole) return;
      take(at, entry);
      at += entry.next_offset;
    }
  }

  // By where they begin. A chain that somebody made comes after an entry with the target ERROR, which holds its name.
  std::map<unsigned, std::string> chain_names() const {
    std::map<unsigned, std::string> names{{info_.hook_entry[NF_INET_LOCAL_IN], "INPUT"},
                                          {info_.hook_entry[NF_INET_FORWARD], "FORWARD"},
                                          {info_.hook_entry[NF_INET_LOCAL_OUT], "OUTPUT"}};
    for_each_entry([&](unsigned at, const typename Ip::Entry& entry) {
      if (target_name(entry) != XT_ERROR_TARGET || entry.next_offset < entry.target_offset + sizeof(xt_error_target))
        return;
      const auto& head = *reinterpret_cast<const xt_error_target*>(target(entry));
      names[at + entry.next_offset] = std::string(head.errorname, strnlen(head.errorname, sizeof head.errorname));
    });
    return names;
  }

  static const char* target(const typename Ip::Entry& entry) {
    return reinterpret_cast<const char*>(&entry) + entry.target_offset;
  }

  static std::string_view target_name(const typename Ip::Entry& entry) {
    const char* name = reinterpret_cast<const xt_entry_target*>(target(entry))->u.user.name;
    return {name, strnlen(name, XT_EXTENSION_MAXNAMELEN)};
  }

  static bool matches_all(const typename Ip::Entry& entry) {
    typename Ip::Match wanted = Ip::match(entry), any{};
    wanted.flags = static_cast<uint8_t>(wanted.flags & ~Ip::goto_flag);
    return std::memcmp(&wanted, &any, sizeof any) == 0 && entry.target_offset == sizeof entry;
  }

  static bool names_ours(const typename Ip::Entry& entry) {
    auto ours = [](const char* name) { return std::string_view(name, IFNAMSIZ).starts_with(our_bridges); };
    return ours(Ip::match(entry).iniface) || ours(Ip::match(entry).outiface);
  }

  FirewallRule rule(unsigned at, const typename Ip::Entry& entry, const std::map<unsigned, std::string>& chains) const {
    FirewallRule rule;
    rule.for_all = matches_all(entry);
    rule.names_ours = names_ours(entry);
    for (int hook : {NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT})
      rule.is_policy |= info_.underflow[hook] == at;
    std::string_view name = target_name(entry);
    if (name == "REJECT") rule.action = Action::reject;
    if (!name.empty() || entry.next_offset < entry.target_offset + sizeof(xt_standard_target)) return rule;
    // A standard target's verdict is -(NF_DROP or NF_ACCEPT) - 1, XT_RETURN, or where to go on (>= 0).
    int verdict = reinterpret_cast<const xt_standard_target*>(target(entry))->verdict;
    if (verdict == -NF_DROP - 1) rule.action = Action::drop;
    if (verdict == -NF_ACCEPT - 1) rule.action = Action::accept;
    if (verdict == XT_RETURN) rule.action = Action::go_back;
    if (verdict < 0) return rule;
    auto chain = chains.find(static_cast<unsigned>(verdict));
    if (chain == chains.end()) return rule;  // a rule without a target goes on with the next one
    rule.action = Ip::match(entry).flags & Ip::goto_flag ? Action::go_to : Action::jump;
    rule.target = chain->second;
    return rule;
  }

  typename Ip::Info info_{};
  std::vector<std::byte> bytes_;  // an Ip::Entries
};

template <typename Ip>
void put_table(std::vector<LegacyTable>& tables) {
  LegacyTable table{Ip::program, FilterTable<Ip>().chains()};
  if (!table.chains.empty()) tables.push_back(std::move(table));
}

}  // namespace

std::vector<LegacyTable> legacy_filter_tables() {
  std::vector<LegacyTable> tables;
  put_table<Ip4>(tables);
  put_table<Ip6>(tables);
  return tables;
}

}  // namespace ccocker::runtime
