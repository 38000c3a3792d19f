// network rm, connect and disconnect.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/network_flags.h"
#include "cli/output.h"
#include "loop/loop.h"
#include "runtime/container.h"
#include "runtime/net/connect.h"
#include "runtime/net/networks.h"

namespace ccocker::cli {
namespace {

void sweep(Loop& loop, const Context& context) {
  runtime::Containers containers(context.root, context.state);
  loop.run(containers.sweep());
}

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

}  // namespace

std::span<const Option> network_rm_options() {
  static constexpr Option options[] = {
      {"force", 'f', Takes::nothing, "", "No failure for one that is not there"},
  };
  return options;
}

int network_rm_command(const Context& context, Parsed& line) {
  runtime::Networks networks(context.root, context.state);
  Loop loop;
  sweep(loop, context);
  return for_each_word(line.words, [&](const std::string& name) {
    if (name == "host" || name == "none")
      throw Error(Errc::invalid, fmt::format("{} is a pre-defined network and cannot be removed", name));
    try {
      loop.run(networks.remove(name));
      print(name + "\n");
    } catch (const Error& error) {
      if (!line.flags.on("force") || error.code() != Errc::not_found) throw;
    }
  });
}

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
  std::string network = runtime::Networks(context.root, context.state).find(line.words[0]).name;
  try {
    loop.run(runtime::disconnect_container(context.root, context.state, id, network));
  } catch (const Error& error) {
    if (!line.flags.on("force") || error.code() != Errc::not_found) throw;
  }
  return 0;
}

}  // namespace ccocker::cli
