#include "cli/publish_flags.h"

#include <charconv>
#include <optional>

#include "cli/bad_value.h"
#include "runtime/net/address.h"

namespace ccocker::cli {
namespace {

constexpr const char* publish_form = "[IP:][HOST-PORT:]PORT[/tcp|udp], such as 8080:80, with ports from 1 to 65535";
constexpr const char* expose_form = "PORT[-LAST][/tcp|udp], such as 80, with ports from 1 to 65535";

struct PortRange {
  uint16_t first = 0, last = 0;
  int count() const { return last - first + 1; }
};

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  auto [end, error] = std::from_chars(text.begin(), text.end(), port);
  if (error != std::errc() || end != text.end() || text.empty() || port == 0) return std::nullopt;
  return port;
}

std::optional<PortRange> parse_range(std::string_view text) {
  size_t dash = text.find('-');
  std::optional<uint16_t> first = parse_port(text.substr(0, dash));
  std::optional<uint16_t> last = dash == text.npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

// Takes "/udp" off the end.
std::optional<std::string> take_protocol(std::string_view& text) {
  size_t slash = text.find('/');
  if (slash == text.npos) return "tcp";
  std::string protocol(text.substr(slash + 1));
  for (char& c : protocol)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  text = text.substr(0, slash);
  if (protocol != "tcp" && protocol != "udp") return std::nullopt;
  return protocol;
}

// Takes the part behind the last colon off; the rest stays.
std::string_view take_last(std::string_view& text) {
  size_t colon = text.rfind(':');
  std::string_view last = colon == text.npos ? text : text.substr(colon + 1);
  text = colon == text.npos ? std::string_view() : text.substr(0, colon);
  return last;
}

std::optional<std::string> parse_host_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::optional<runtime::Address> address = runtime::Address::parse(text);
  return address ? std::optional(address->str()) : std::nullopt;
}

}  // namespace

std::vector<runtime::PublishedPort> parse_publish(std::string_view text) {
  std::string_view rest = text;
  auto refuse = [&]() { bad_value("publish", text, publish_form); };
  std::optional<std::string> protocol = take_protocol(rest);
  if (!protocol) refuse();
  bool names_host = rest.find(':') != rest.npos;
  std::optional<PortRange> inside = parse_range(take_last(rest));
  if (!inside) refuse();
  PortRange host;
  bool names_address = rest.find(':') != rest.npos;
  std::string_view host_ports = names_host ? take_last(rest) : std::string_view();
  if (!host_ports.empty()) {
    std::optional<PortRange> parsed = parse_range(host_ports);
    if (!parsed) refuse();
    host = *parsed;
  }
  std::string address;
  if (names_address) {
    std::optional<std::string> parsed = parse_host_address(rest);
    if (!parsed) refuse();
    address = *parsed;
  }
  bool any_host_port = host.first == 0;
  if (!any_host_port && host.count() != inside->count() && inside->count() != 1)
    bad_value("publish", text, "ranges of the same length on both sides, or one port of the container");
  std::vector<runtime::PublishedPort> ports;
  for (int i = 0; i < inside->count(); ++i) {
    runtime::PublishedPort port{address, 0, 0, static_cast<uint16_t>(inside->first + i), *protocol};
    if (!any_host_port) {
      port.host_port = static_cast<uint16_t>(host.first + i);
      port.host_port_last = inside->count() == 1 ? host.last : port.host_port;
    }
    ports.push_back(std::move(port));
  }
  return ports;
}

std::vector<std::string> parse_expose(std::string_view text) {
  std::string_view rest = text;
  std::optional<std::string> protocol = take_protocol(rest);
  std::optional<PortRange> range = parse_range(rest);
  if (!protocol || !range) bad_value("expose", text, expose_form);
  std::vector<std::string> ports;
  for (int port = range->first; port <= range->last; ++port) ports.push_back(std::to_string(port) + "/" + *protocol);
  return ports;
}

}  // namespace ccocker::cli
