#include "cli/fixed_networks.h"

#include <map>

#include "cli/inspect_network.h"
#include "registry/sha256.h"

namespace ccocker::cli {
namespace {

constexpr size_t shown_id_digits = 12;

}  // namespace

std::optional<FixedNetwork> find_fixed_network(std::string_view name) {
  for (const FixedNetwork& fixed : fixed_networks)
    if (fixed.name == name) return fixed;
  for (const FixedNetwork& fixed : fixed_networks)
    if (name.size() >= shown_id_digits && fixed_network_id(fixed).starts_with(name)) return fixed;
  return std::nullopt;
}

// The default network gets a real one with its first container.
std::string fixed_network_id(const FixedNetwork& fixed) {
  if (std::string_view(fixed.driver) == "bridge") return {};
  return registry::sha256(std::string("ccocker network ") + fixed.name).hex();
}

Value inspect_fixed_network(const FixedNetwork& fixed, const std::vector<runtime::Container>& on_it) {
  runtime::Network network;
  network.name = fixed.name;
  network.id = fixed_network_id(fixed);
  Value out = inspect_network(network, {});
  out.set("Created", "0001-01-01T00:00:00Z");  // Go's zero time: nobody made it
  out.set("Driver", fixed.driver);
  out.set("IPAM", Value::record({{"Driver", "default"}, {"Options", Value::map()}, {"Config", Value::list()}}));
  std::map<std::string, Value> containers;
  for (const runtime::Container& container : on_it)
    containers[container.id] = Value::record({{"Name", container.name},
                                              {"EndpointID", ""},
                                              {"MacAddress", ""},
                                              {"IPv4Address", ""},
                                              {"IPv6Address", ""}});
  Value all = Value::map();
  for (auto& [id, container] : containers) all.set(id, std::move(container));
  out.set("Containers", std::move(all));
  out.set("Options", Value::map());
  return out;
}

}  // namespace ccocker::cli
