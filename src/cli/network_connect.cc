// network connect and disconnect.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/network_flags.h"
#include "loop/loop.h"
#include "runtime/container.h"
#include "runtime/net/connect.h"
#include "runtime/net/networks.h"

namespace ccocker::cli {
namespace {

runtime::NetworkEndpoint wanted_endpoint(const Flags& flags, const std::string& network) {
  runtime::Spec spec;
  Flags settled;
  for (const char* flag : {"ip", "ip6"})
    if (flags.has(flag)) settled.add(flag, flags.text(flag));
  for (const std::string& alias : flags.list("alias")) settled.add("network-alias", alias);
  settled.add("network", network);
  add_network(network, spec);
  if (spec.network != runtime::NetworkMode::bridge)
    throw Error(Errc::invalid, fmt::format("a container cannot be connected to {}", network));
  settle_network(settled, spec);
  return spec.networks[0];
}

// A container may still be on a network that is gone, or not made yet: then the word is its name.
std::string name_of(const runtime::Networks& networks, const std::string& word) {
  try {
    return networks.find(word).name;
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
  return word;
}

}  // namespace

std::span<const Option> network_connect_options() {
  static constexpr Option options[] = {
      {"alias", 0, Takes::list, "NAME", "One more name that others on the network find it by"},
      {"ip", 0, Takes::text, "ADDRESS", "Its IPv4 address there"},
      {"ip6", 0, Takes::text, "ADDRESS", "Its IPv6 address there"},
      {"link", 0, Takes::list, "", "", nullptr, "links are not needed: containers find each other by name"},
  };
  return options;
}

int network_connect_command(const Context& context, Parsed& line) {
  runtime::NetworkEndpoint wanted = wanted_endpoint(line.flags, line.words[0]);
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  std::string id = containers.find(line.words[1]).id;
  loop.run(runtime::connect_container(context.root, context.state, id, std::move(wanted)));
  return 0;
}

std::span<const Option> network_disconnect_options() {
  static constexpr Option options[] = {
      {"force", 'f', Takes::nothing, "", "No failure when it is not on the network"},
  };
  return options;
}

int network_disconnect_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  std::string id = containers.find(line.words[1]).id;
  std::string network = name_of(runtime::Networks(context.root, context.state), line.words[0]);
  try {
    loop.run(runtime::disconnect_container(context.root, context.state, id, network));
  } catch (const Error& error) {
    if (!line.flags.on("force") || error.code() != Errc::not_found) throw;
  }
  return 0;
}

}  // namespace ccocker::cli
