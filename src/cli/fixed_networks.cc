#include "cli/fixed_networks.h"

#include <map>

#include "cli/inspect_network.h"

namespace ccocker::cli {

std::optional<FixedNetwork> find_fixed_network(std::string_view name) {
  for (const FixedNetwork& fixed : fixed_networks)
    if (fixed.name == name) return fixed;
  return std::nullopt;
}

Value inspect_fixed_network(const FixedNetwork& fixed, const std::vector<runtime::Container>& on_it) {
  runtime::Network network;
  network.name = fixed.name;
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
