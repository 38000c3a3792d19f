#include "runtime/net/host_resolv.h"

#include <algorithm>
#include <optional>

#include "loop/sys.h"
#include "runtime/net/address.h"

namespace ccocker::runtime {
namespace {

// Where local forwarders keep what they forward to.
constexpr const char* upstream_files[] = {"/run/systemd/resolve/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf",
                                          "/run/resolvconf/resolv.conf", "/run/dnsmasq/resolv.conf",
                                          "/etc/resolv.dnsmasq"};

std::vector<std::string> servers_of_file(const char* path) {
  return name_servers_in(sys::read_file_if_exists(sys::cwd(), path).value_or(""));
}

bool is_loopback(const std::string& server) {
  std::optional<Address> address = Address::parse(server);
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
    if (Address::parse(word)) servers.emplace_back(word);
  }
  return servers;
}

std::vector<std::string> host_name_servers() { return servers_of_file("/etc/resolv.conf"); }

std::vector<std::string> reachable_name_servers() {
  std::vector<std::string> servers = host_name_servers();
  std::erase_if(servers, is_loopback);
  for (const char* path : upstream_files) {
    if (!servers.empty()) break;
    servers = servers_of_file(path);
    std::erase_if(servers, is_loopback);
  }
  return servers;
}

}  // namespace ccocker::runtime
