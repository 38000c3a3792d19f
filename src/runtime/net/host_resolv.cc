#include "runtime/net/host_resolv.h"

#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

// Where local forwarders keep what they forward to.
constexpr const char* upstream_files[] = {"/run/systemd/resolve/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf",
                                          "/run/resolvconf/resolv.conf", "/run/dnsmasq/resolv.conf",
                                          "/etc/resolv.dnsmasq"};

std::vector<std::string> servers_of_file(const char* path) {
  return name_servers_in(sys::read_file_if_exists(sys::cwd(), path).value_or(""));
}

constexpr char before_link = '%';  // RFC 4007, section 11

bool is_server(std::string_view word) {
  size_t link = word.find(before_link);
  std::optional<Address> address = Address::parse(word.substr(0, link));
  return address && (link == word.npos || (!address->is_v4() && link + 1 < word.size()));
}

bool is_only_for_host(const std::string& server) {
  std::optional<Address> address = Address::parse(server);  // nullopt: behind a link
  return !address || address->is_loopback();
}

}  // namespace

std::vector<std::string> name_servers_in(std::string_view text) {
  constexpr std::string_view keyword = "nameserver", blanks = " \t\r";
  std::vector<std::string> servers;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (!line.starts_with(keyword)) continue;
    line.remove_prefix(keyword.size());
    size_t begin = line.find_first_not_of(blanks);
    if (begin == 0 || begin == line.npos) continue;
    std::string_view word = line.substr(begin, line.find_first_of(" \t\r#;", begin) - begin);
    if (is_server(word)) servers.emplace_back(word);
  }
  return servers;
}

std::optional<SocketAddress> name_server_at(std::string_view server, uint16_t port) {
  size_t link = server.find(before_link);
  std::optional<Address> address = Address::parse(server.substr(0, link));
  if (!address) return std::nullopt;
  SocketAddress at(*address, port);
  if (link == server.npos) return at;
  unsigned index = ::if_nametoindex(std::string(server.substr(link + 1)).c_str());
  if (index == 0 || address->is_v4()) return std::nullopt;
  reinterpret_cast<sockaddr_in6*>(&at.storage)->sin6_scope_id = index;
  return at;
}

std::vector<std::string> host_name_servers() { return servers_of_file("/etc/resolv.conf"); }

std::vector<std::string> reachable_name_servers() {
  std::vector<std::string> servers = host_name_servers();
  std::erase_if(servers, is_only_for_host);
  for (const char* path : upstream_files) {
    if (!servers.empty()) break;
    servers = servers_of_file(path);
    std::erase_if(servers, is_only_for_host);
  }
  return servers;
}

}  // namespace ccocker::runtime
