#include "cli/network_flags.h"

#include <arpa/inet.h>

#include "cli/bad_value.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

bool is_address(const std::string& text) {
  unsigned char binary[16];
  return ::inet_pton(AF_INET, text.c_str(), binary) == 1 || ::inet_pton(AF_INET6, text.c_str(), binary) == 1;
}

bool is_host_name(std::string_view text) {
  constexpr size_t host_name_bytes_max = 64;
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  bool edges = !text.empty() && text.front() != '-' && text.front() != '.';
  return edges && text.size() <= host_name_bytes_max && text.find_first_not_of(allowed) == text.npos;
}

}  // namespace

runtime::NetworkMode parse_network(std::string_view text) {
  if (text == "none") return runtime::NetworkMode::none;
  if (text == "host") return runtime::NetworkMode::host;
  bool docker_has = text == "bridge" || text == "default" || text.starts_with("container:");
  if (docker_has) {
    throw Error(
        Errc::unsupported,
        fmt::format("--network: '{}' comes with a later version; today there are none (the default) and host", text));
  }
  bad_value("network", text, "none (the default) or host; named networks come with a later version");
}

std::pair<std::string, std::string> parse_add_host(std::string_view text) {
  constexpr const char* form = "NAME:ADDRESS, such as db:10.0.0.5";
  size_t at = text.find_first_of("=:");
  std::string name(text.substr(0, at)), address(at == text.npos ? "" : text.substr(at + 1));
  if (address == "host-gateway") {
    throw Error(Errc::unsupported,
                fmt::format("--add-host: '{}': host-gateway comes with networks in a later version", text));
  }
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (!is_host_name(name) || !is_address(address)) bad_value("add-host", text, form);
  return {name, address};
}

std::string parse_address(std::string_view flag, std::string_view text) {
  std::string address(text);
  if (!is_address(address)) bad_value(flag, text, "an IPv4 or IPv6 address");
  return address;
}

std::string parse_hostname(std::string_view text) {
  if (!is_host_name(text)) bad_value("hostname", text, "up to 64 letters, digits, '-', '_' and '.'");
  return std::string(text);
}

std::string parse_resolver_word(std::string_view flag, std::string_view text) {
  bool fits = !text.empty() && text.size() <= 255 && printable(text) == text && text.find(' ') == text.npos;
  if (!fits) bad_value(flag, text, "one word for resolv.conf");
  return std::string(text);
}

}  // namespace ccocker::cli
