#include "cli/network_flags.h"

#include <arpa/inet.h>

#include "cli/bad_value.h"
#include "cli/text.h"
#include "runtime/net/address.h"

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

std::string parse_network_name(std::string_view flag, std::string_view text) {
  constexpr size_t name_bytes_max = 200;  // it names a file
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  bool good = !text.empty() && text[0] != '-' && text[0] != '.' && text[0] != '_' && text.size() <= name_bytes_max &&
              text.find_first_not_of(allowed) == text.npos;
  if (!good)
    bad_value(flag, text, "none, host, bridge, container:NAME or a network's name (letters, digits, '_', '.', '-')");
  return std::string(text);
}

std::string parse_mac_address(std::string_view flag, std::string_view text) {
  std::optional<std::array<uint8_t, 6>> mac = runtime::parse_mac(text);
  if (!mac || (*mac)[0] & 1) bad_value(flag, text, "a MAC address of one interface, such as 02:42:ac:11:00:02");
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", (*mac)[0], (*mac)[1], (*mac)[2], (*mac)[3], (*mac)[4],
                     (*mac)[5]);
}

namespace {

std::string parse_address_of(std::string_view flag, std::string_view text, bool six) {
  std::optional<runtime::Address> address = runtime::Address::parse(text);
  if (!address || address->is_v4() == six)
    bad_value(flag, text, six ? "an IPv6 address" : "an IPv4 address such as 172.29.0.10");
  return address->str();
}

std::string parse_alias(std::string_view flag, std::string_view text) {
  if (!is_host_name(text)) bad_value(flag, text, "a name: letters, digits, '-', '_' and '.'");
  return std::string(text);
}

// Docker's long form, "name=NET,alias=A,...".
runtime::NetworkEndpoint parse_endpoint(std::string_view text) {
  runtime::NetworkEndpoint endpoint;
  for (const std::string& part : split(text, ',')) {
    size_t equals = part.find('=');
    std::string key = part.substr(0, equals), value = equals == part.npos ? "" : part.substr(equals + 1);
    if (key == "name") {
      endpoint.network = parse_network_name("network", value);
    } else if (key == "alias") {
      endpoint.aliases.push_back(parse_alias("network", value));
    } else if (key == "ip") {
      endpoint.ip = parse_address_of("network", value, false);
    } else if (key == "ip6") {
      endpoint.ip6 = parse_address_of("network", value, true);
    } else if (key == "mac-address") {
      endpoint.mac = parse_mac_address("network", value);
    } else {
      bad_value("network", text, "name=NETWORK with alias, ip, ip6 and mac-address");
    }
  }
  if (endpoint.network.empty()) bad_value("network", text, "name=NETWORK among its parts");
  return endpoint;
}

constexpr std::string_view container_prefix = "container:";

runtime::NetworkMode mode_of(std::string_view text) {
  if (text == "none") return runtime::NetworkMode::none;
  if (text == "host") return runtime::NetworkMode::host;
  return text.starts_with(container_prefix) ? runtime::NetworkMode::container : runtime::NetworkMode::bridge;
}

// Flags that Docker refuses with a shared network: they belong to the container whose network it is.
constexpr const char* not_with_shared[] = {"publish",  "publish-all", "expose",      "hostname",
                                           "add-host", "dns",         "dns-search",  "dns-option",
                                           "ip",       "ip6",         "mac-address", "network-alias"};
// Those that need a network of ccocker's.
constexpr const char* only_with_bridge[] = {"ip", "ip6", "mac-address", "network-alias"};

[[noreturn]] void refuse_flag(const char* flag, std::string_view network) {
  throw Error(Errc::invalid, fmt::format("--{} does not go with --network {}", flag, network));
}

}  // namespace

void add_network(std::string_view text, runtime::Spec& spec) {
  runtime::NetworkMode mode = mode_of(text);
  spec.network = mode;
  if (mode == runtime::NetworkMode::container) {
    spec.network_container = std::string(text.substr(container_prefix.size()));
    if (spec.network_container.empty()) bad_value("network", text, "container:NAME");
  }
  if (mode != runtime::NetworkMode::bridge) return;
  runtime::NetworkEndpoint endpoint;
  if (text.find('=') != text.npos)
    endpoint = parse_endpoint(text);
  else
    endpoint.network = text == "default" ? "bridge" : parse_network_name("network", text);
  for (const runtime::NetworkEndpoint& other : spec.networks)
    if (other.network == endpoint.network)
      throw Error(Errc::invalid, fmt::format("--network: {} was given twice", endpoint.network));
  spec.networks.push_back(std::move(endpoint));
}

void settle_network(const Flags& flags, runtime::Spec& spec) {
  using runtime::NetworkMode;
  if (!flags.has("network")) add_network("bridge", spec);
  for (const std::string& network : flags.list("network"))
    if (flags.list("network").size() > 1 && mode_of(network) != NetworkMode::bridge)
      throw Error(Errc::invalid, fmt::format("--network: {} cannot be combined with another network", network));
  if (spec.network == NetworkMode::container)
    for (const char* flag : not_with_shared)
      if (flags.has(flag)) refuse_flag(flag, "container:" + spec.network_container);
  if (spec.network == NetworkMode::none || spec.network == NetworkMode::host)
    for (const char* flag : only_with_bridge)
      if (flags.has(flag)) refuse_flag(flag, flags.text("network"));
  if (spec.network == NetworkMode::none && flags.has("publish")) refuse_flag("publish", "none");
  if (spec.network != NetworkMode::bridge) return;
  runtime::NetworkEndpoint& first = spec.networks[0];
  if (flags.has("ip")) first.ip = parse_address_of("ip", flags.text("ip"), false);
  if (flags.has("ip6")) first.ip6 = parse_address_of("ip6", flags.text("ip6"), true);
  if (flags.has("mac-address")) first.mac = parse_mac_address("mac-address", flags.text("mac-address"));
  for (const std::string& alias : flags.list("network-alias"))
    first.aliases.push_back(parse_alias("network-alias", alias));
}

std::pair<std::string, std::string> parse_add_host(std::string_view text) {
  constexpr const char* form = "NAME:ADDRESS, such as db:10.0.0.5";
  size_t at = text.find_first_of("=:");
  std::string name(text.substr(0, at)), address(at == text.npos ? "" : text.substr(at + 1));
  if (address == "host-gateway" && is_host_name(name)) return {name, address};
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
