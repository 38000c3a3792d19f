#include "runtime/net/forwarding.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <string_view>

#include "loop/sys.h"
#include "runtime/notice.h"

namespace ccocker::runtime {
namespace {

constexpr const char* ipv4_forward = "/proc/sys/net/ipv4/ip_forward";
constexpr const char* ipv6_conf = "/proc/sys/net/ipv6/conf";
constexpr const char* ipv6_forward = "/proc/sys/net/ipv6/conf/all/forwarding";
constexpr unsigned loopback_index = 1;

bool says(const std::string& path, char digit) {
  std::optional<std::string> text = sys::read_file_if_exists(sys::cwd(), path);
  return text && text->starts_with(digit);
}

// A host that forwards IPv6 no longer listens to routers unless it is told to (ip-sysctl, accept_ra): it would lose its
// own default route a while later.
std::string keep_router_advertisements() {
  std::string changed;
  Fd dir = sys::open_dir(sys::cwd(), ipv6_conf);
  for (const std::string& link : sys::list_dir(dir)) {
    if (link == "all" || link == "default" || link == "lo") continue;
    std::string path = fmt::format("{}/{}/accept_ra", ipv6_conf, link);
    if (!says(path, '1') || link.starts_with("vcc") || link.starts_with("ccocker")) continue;
    sys::write_kernel_file(sys::cwd(), path, "2");
    changed += " and net.ipv6.conf." + link + ".accept_ra=2";
  }
  return changed;
}

std::string closed_file(const std::string& state) { return state + "/closed-links"; }

// The numbers behind `key` on its line.
std::vector<unsigned> numbers_of(std::string_view text, std::string_view key) {
  std::vector<unsigned> numbers;
  size_t at = text.find(key);
  if (at == text.npos) return numbers;
  std::string_view line = text.substr(at + key.size());
  line = line.substr(0, line.find('\n'));
  unsigned number = 0;
  while (line.starts_with(' ')) {
    auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), number);
    if (error != std::errc{}) break;
    numbers.push_back(number);
    line.remove_prefix(static_cast<size_t>(end - line.data()));
  }
  return numbers;
}

std::vector<unsigned> links_to_close(Netlink& host) {
  std::vector<unsigned> links;
  for (const LinkStatus& link : list_links(host))
    if (link.index != loopback_index && link.group != bridge_group) links.push_back(link.index);
  return links;
}

}  // namespace

bool host_has_ipv6() { return says(std::string(ipv6_conf) + "/all/disable_ipv6", '0'); }

bool forwarding_is_off(bool needs_ipv6) {
  return says(ipv4_forward, '0') || (needs_ipv6 && host_has_ipv6() && says(ipv6_forward, '0'));
}

ClosedLinks load_closed_links(const std::string& state) {
  std::optional<std::string> text = sys::read_file_if_exists(sys::cwd(), closed_file(state));
  if (!text) return {};
  return {numbers_of(*text, "ipv4"), numbers_of(*text, "ipv6")};
}

void note_closed_links(Netlink& host, const std::string& state) {
  bool ipv4 = says(ipv4_forward, '0'), ipv6 = host_has_ipv6() && says(ipv6_forward, '0');
  if (!ipv4 && !ipv6) return;
  ClosedLinks closed = load_closed_links(state);
  if (ipv4) closed.ipv4 = links_to_close(host);
  if (ipv6) closed.ipv6 = links_to_close(host);
  sys::mkdirs(state, 0700);  // as with the first container
  std::string text = fmt::format("ipv4 {}\nipv6 {}\n", fmt::join(closed.ipv4, " "), fmt::join(closed.ipv6, " "));
  sys::write_file_atomically(sys::cwd(), closed_file(state), text, 0600);
}

void switch_on_forwarding() {
  if (says(ipv4_forward, '0')) {
    sys::write_kernel_file(sys::cwd(), ipv4_forward, "1");
    notice("switched on forwarding for containers on this host (net.ipv4.ip_forward=1)");
  }
  if (host_has_ipv6() && says(ipv6_forward, '0')) {
    std::string kept = keep_router_advertisements();
    sys::write_kernel_file(sys::cwd(), ipv6_forward, "1");
    notice("switched on IPv6 forwarding for containers on this host (net.ipv6.conf.all.forwarding=1" + kept + ")");
  }
}

}  // namespace ccocker::runtime
