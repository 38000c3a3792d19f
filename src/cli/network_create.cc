#include <fmt/format.h>

#include "cli/bad_value.h"
#include "cli/command.h"
#include "cli/env_flags.h"
#include "cli/network_flags.h"
#include "cli/output.h"
#include "cli/text.h"
#include "loop/loop.h"
#include "runtime/net/networks.h"

namespace ccocker::cli {
namespace {

using runtime::Address;
using runtime::Subnet;

constexpr unsigned prefix_min = 8, prefix_max = 30, prefix6_min = 16, prefix6_max = 96;
constexpr size_t link_name_bytes_max = 15;  // netdevice(7), IFNAMSIZ

void set_subnet(const std::string& text, runtime::NetworkRequest& request) {
  std::optional<Subnet> subnet = Subnet::parse(text);
  if (!subnet) bad_value("subnet", text, "ADDRESS/BITS, such as 10.5.0.0/16");
  bool four = subnet->base.is_v4();
  if (four && (subnet->prefix < prefix_min || subnet->prefix > prefix_max))
    bad_value("subnet", text, "a range from /8 to /30");
  // A container's IPv6 address holds its IPv4 address in the last 32 bits.
  if (!four && (subnet->prefix < prefix6_min || subnet->prefix > prefix6_max))
    bad_value("subnet", text, "an IPv6 range from /16 to /96");
  std::optional<Subnet>& place = four ? request.subnet : request.subnet6;
  if (place) bad_value("subnet", text, "one range of IPv4 and one of IPv6");
  place = subnet;
}

void set_gateway(const std::string& text, runtime::NetworkRequest& request) {
  std::optional<Address> gateway = Address::parse(text);
  if (!gateway) bad_value("gateway", text, "an address");
  const std::optional<Subnet>& subnet = gateway->is_v4() ? request.subnet : request.subnet6;
  if (!subnet || !subnet->may_lease(*gateway)) bad_value("gateway", text, "an address of a --subnet");
  (gateway->is_v4() ? request.gateway : request.gateway6) = gateway;
}

// Docker's way to name the link.
void set_option(const std::string& text, runtime::NetworkRequest& request) {
  constexpr std::string_view bridge_name = "com.docker.network.bridge.name=";
  if (!text.starts_with(bridge_name)) bad_value("opt", text, std::string(bridge_name) + "LINK");
  request.bridge = text.substr(bridge_name.size());
  bool good = !request.bridge.empty() && request.bridge.size() <= link_name_bytes_max &&
              request.bridge.find_first_of("/ :%\"\\\t\n") == std::string::npos &&
              printable(request.bridge) == request.bridge;
  if (!good) bad_value("opt", text, "a link's name of at most 15 bytes");
}

runtime::NetworkRequest parse_request(const Flags& flags, const std::string& name) {
  runtime::NetworkRequest request;
  request.name = parse_network_name("name", name);
  if (name == "none" || name == "host" || name == "default")
    throw Error(Errc::invalid, fmt::format("a network cannot be named {}: the name has a meaning of its own", name));
  if (flags.text("driver", "bridge") != "bridge")
    bad_value("driver", flags.text("driver"), "bridge, the only one there is");
  for (const std::string& subnet : flags.list("subnet")) set_subnet(subnet, request);
  for (const std::string& gateway : flags.list("gateway")) set_gateway(gateway, request);
  for (const std::string& option : flags.list("opt")) set_option(option, request);
  for (const std::string& label : flags.list("label")) request.labels.insert(parse_label("label", label));
  request.ipv6 = flags.on("ipv6");
  request.internal = flags.on("internal");
  return request;
}

}  // namespace

std::span<const Option> network_create_options() {
  static constexpr Option options[] = {
      {"driver", 'd', Takes::text, "bridge", "Accepted for Docker's sake: bridge is the only one"},
      {"gateway", 0, Takes::list, "ADDRESS", "The host's address on it (default: the first of the range)"},
      {"internal", 0, Takes::nothing, "", "No way out of it, and none into it"},
      {"ipv6", 0, Takes::nothing, "", "Give containers IPv6 addresses too"},
      {"label", 0, Takes::list, "KEY[=VALUE]", "Label the network"},
      {"opt", 'o', Takes::list, "KEY=VALUE", "com.docker.network.bridge.name=LINK names its link on the host"},
      {"subnet", 0, Takes::list, "ADDRESS/BITS", "Its range of addresses (default: a private one that is free)"},
      {"ip-range", 0, Takes::text, "", "", nullptr, "a smaller range for containers is not supported; use --subnet"},
      {"attachable", 0, Takes::nothing, "", "", nullptr, "swarms are not supported"},
  };
  return options;
}

int network_create_command(const Context& context, Parsed& line) {
  runtime::NetworkRequest request = parse_request(line.flags, line.words[0]);
  runtime::Networks networks(context.root, context.state);
  Loop loop;
  runtime::Network network = loop.run(networks.create(std::move(request)));
  print(network.id + "\n");
  return 0;
}

}  // namespace ccocker::cli
