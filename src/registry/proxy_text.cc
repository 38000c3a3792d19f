#include "registry/proxy_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "registry/text.h"

namespace ccocker::registry {
namespace {

struct Address {
  int family = AF_UNSPEC;  // that of no address
  unsigned char bytes[16] = {};
  unsigned bits() const { return family == AF_INET ? 32 : 128; }
};

Address parse_address(std::string text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  Address address;
  for (int family : {AF_INET, AF_INET6})
    if (::inet_pton(family, text.c_str(), address.bytes) == 1) address.family = family;
  return address;
}

bool same_prefix(const Address& one, const Address& other, unsigned bits) {
  for (unsigned bit = 0; bit < bits; ++bit)
    if ((one.bytes[bit / 8] ^ other.bytes[bit / 8]) >> (7 - bit % 8) & 1) return false;
  return true;
}

// "10.0.0.0/8", "fd00::/8", or an address alone.
bool covers(std::string_view entry, const Address& address) {
  size_t slash = entry.find('/');
  Address network = parse_address(std::string(entry.substr(0, slash)));
  if (network.family == AF_UNSPEC || network.family != address.family) return false;
  unsigned bits = network.bits();
  if (slash != std::string_view::npos) {
    std::string_view text = entry.substr(slash + 1);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc{} || end != text.data() + text.size() || bits > network.bits()) return false;
  }
  return same_prefix(network, address, bits);
}

std::string_view without_dots(std::string_view name) {
  while (name.starts_with('.')) name.remove_prefix(1);
  while (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_below(std::string_view host, std::string_view name) {
  if (name.empty() || !host.ends_with(name)) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

bool takes_out(std::string entry, const std::string& host, const std::string& port) {
  if (entry == "*") return true;
  Address address = parse_address(host);
  if (covers(entry, address)) return true;
  // What follows a colon is a port, except in an IPv6 address without brackets.
  size_t colon = entry.rfind(':');
  bool has_port = colon != std::string::npos && (entry.find(':') == colon || entry.find("]:") != std::string::npos);
  if (has_port && entry.substr(colon + 1) != port) return false;
  if (has_port) entry.resize(colon);
  if (address.family != AF_UNSPEC) return covers(entry, address);
  return is_below(without_dots(host), without_dots(entry));
}

}  // namespace

bool is_in_no_proxy(const std::string& no_proxy, const std::string& host, const std::string& port) {
  constexpr std::string_view separators = ", \t";
  std::string list = lower(no_proxy);
  for (size_t at = list.find_first_not_of(separators); at != std::string::npos;) {
    size_t end = std::min(list.find_first_of(separators, at), list.size());
    if (takes_out(list.substr(at, end - at), host, port)) return true;
    at = list.find_first_not_of(separators, end);
  }
  return false;
}

std::string shown_proxy(const std::string& proxy) {
  size_t scheme = proxy.find(':');
  if (scheme != std::string::npos && proxy.compare(scheme, 3, "://") != 0) scheme = std::string::npos;
  size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  std::string out = scheme == std::string::npos ? "http://" : proxy.substr(0, begin);
  size_t end = std::min(proxy.find_first_of("/?#", begin), proxy.size());
  size_t at = proxy.rfind('@');  // a password may hold what should be written in percents
  if (at == std::string::npos || at < begin) return out + proxy.substr(begin, end - begin);
  end = std::min(proxy.find_first_of("/?#", at), proxy.size());
  std::string user = proxy.substr(begin, std::min(proxy.find(':', begin), at) - begin);
  return out + user + proxy.substr(at, end - at);
}

}  // namespace ccocker::registry
