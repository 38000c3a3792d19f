#include "runtime/net/legacy_tables.h"

// iptables-legacy's filter table, as the kernel gives it to getsockopt(2) (linux/netfilter_ipv4/ip_tables.h). Its headers
// and the C library's for the internet do not go together, so it has a file of its own.
#include <fmt/format.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <sys/socket.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr const char* table_name = "filter";

bool has_filter_table() {
  // Asking for a table that is not there would load it.
  std::string names = "\n" + sys::read_file_if_exists(sys::cwd(), "/proc/net/ip_tables_names").value_or("");
  return names.find("\nfilter\n") != names.npos;
}

bool is_for_all(const ipt_entry& entry) {
  static constexpr ipt_ip any{};
  return std::memcmp(&entry.ip, &any, sizeof any) == 0 && entry.target_offset == sizeof(ipt_entry);
}

bool names_ours(const ipt_entry& entry) {
  auto ours = [](const char* name) { return std::string_view(name, IFNAMSIZ).starts_with("ccocker"); };
  return ours(entry.ip.iniface) || ours(entry.ip.outiface);
}

// A standard target's verdict is -(NF_DROP or NF_ACCEPT) - 1, or where to go on (>= 0).
bool has_verdict(const ipt_entry& entry, int wanted) {
  const char* at = reinterpret_cast<const char*>(&entry) + entry.target_offset;
  xt_standard_target target;
  if (entry.next_offset < entry.target_offset + sizeof target) return false;
  std::memcpy(&target, at, sizeof target);
  return target.target.u.user.name[0] == '\0' && target.verdict == -wanted - 1;
}

bool rejects(const ipt_entry& entry) {
  const char* at = reinterpret_cast<const char*>(&entry) + entry.target_offset;
  xt_entry_target target;
  if (entry.next_offset < entry.target_offset + sizeof target) return false;
  std::memcpy(&target, at, sizeof target);
  return std::string_view(target.u.user.name, strnlen(target.u.user.name, sizeof target.u.user.name)) == "REJECT";
}

struct LegacyTable {
  ipt_getinfo info{};
  std::vector<std::byte> bytes;  // an ipt_get_entries
  const std::byte* entries() const { return bytes.data() + offsetof(ipt_get_entries, entrytable); }
};

// Empty when it went away, changed meanwhile, or we may not look.
LegacyTable read_filter_table() {
  LegacyTable table;
  Fd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!socket) return table;
  std::strcpy(table.info.name, table_name);
  socklen_t size = sizeof table.info;
  if (::getsockopt(socket.get(), IPPROTO_IP, IPT_SO_GET_INFO, &table.info, &size) < 0) return table;
  table.bytes.resize(sizeof(ipt_get_entries) + table.info.size);
  auto* request = reinterpret_cast<ipt_get_entries*>(table.bytes.data());
  std::strcpy(request->name, table_name);
  request->size = table.info.size;
  size = static_cast<socklen_t>(table.bytes.size());
  if (::getsockopt(socket.get(), IPPROTO_IP, IPT_SO_GET_ENTRIES, table.bytes.data(), &size) < 0) table.bytes.clear();
  return table;
}

}  // namespace

std::string legacy_forward_block() {
  if (!has_filter_table()) return {};
  LegacyTable table = read_filter_table();
  if (table.bytes.empty()) return {};
  auto blocked = [](const char* how) { return fmt::format("chain FORWARD of iptables-legacy's table filter has {}", how); };
  unsigned policy_at = table.info.underflow[NF_INET_FORWARD];
  for (unsigned at = table.info.hook_entry[NF_INET_FORWARD]; at + sizeof(ipt_entry) <= table.info.size;) {
    const auto& entry = *reinterpret_cast<const ipt_entry*>(table.entries() + at);
    bool drops = has_verdict(entry, NF_DROP), accepts = has_verdict(entry, NF_ACCEPT);
    if (at == policy_at) return drops ? blocked("the policy drop") : "";
    if (is_for_all(entry) && drops) return blocked("a rule that drops all");
    if (is_for_all(entry) && rejects(entry)) return blocked("a rule that rejects all");
    if (accepts && (is_for_all(entry) || names_ours(entry))) return {};
    if (entry.next_offset == 0) return {};
    at += entry.next_offset;
  }
  return {};
}

}  // namespace ccocker::runtime
