#include <fmt/format.h>
#include <time.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "runtime/net/networks.h"

namespace ccocker::cli {
namespace {

using nlohmann::ordered_json;
using runtime::Lease;
using runtime::Network;

std::string rfc3339(int64_t unix_ns) {
  time_t seconds = unix_ns / 1'000'000'000;
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:09}Z", text, unix_ns % 1'000'000'000);
}

ordered_json ranges(const Network& network) {
  ordered_json config = ordered_json::array();
  config.push_back({{"Subnet", network.subnet.str()}, {"Gateway", network.gateway.str()}});
  if (network.subnet6) config.push_back({{"Subnet", network.subnet6->str()}, {"Gateway", network.gateway6->str()}});
  return config;
}

ordered_json containers_on(const Network& network, const std::vector<Lease>& leases) {
  ordered_json all = ordered_json::object();
  for (const Lease& lease : leases) {
    std::string six = lease.address6 && network.subnet6
                          ? fmt::format("{}/{}", lease.address6->str(), network.subnet6->prefix)
                          : "";
    all[lease.id] = {{"Name", lease.names.empty() ? "" : lease.names[0]},
                     {"EndpointID", lease.link},
                     {"MacAddress", lease.mac},
                     {"IPv4Address", fmt::format("{}/{}", lease.address.str(), network.subnet.prefix)},
                     {"IPv6Address", six}};
  }
  return all;
}

// Docker's field names.
ordered_json inspected(const Network& network, const std::vector<Lease>& leases) {
  ordered_json labels = ordered_json::object();
  for (const auto& [key, value] : network.labels) labels[key] = value;
  return {{"Name", network.name},
          {"Id", network.id},
          {"Created", rfc3339(network.created_unix_ns)},
          {"Scope", "local"},
          {"Driver", "bridge"},
          {"EnableIPv6", network.subnet6.has_value()},
          {"IPAM", {{"Driver", "default"}, {"Options", ordered_json::object()}, {"Config", ranges(network)}}},
          {"Internal", network.internal},
          {"Attachable", false},
          {"Ingress", false},
          {"Containers", containers_on(network, leases)},
          {"Options", {{"com.docker.network.bridge.name", network.bridge}}},
          {"Labels", labels}};
}

constexpr Heading headings[] = {{"Name", ""},     {"Id", ""},      {"ID", ""},      {"Driver", ""}, {"Scope", ""},
                                {"Internal", ""}, {"Subnet", ""},  {"Gateway", ""}, {"Bridge", ""}, {"Subnet6", ""},
                                {"Gateway6", ""}, {"Created", ""}};

Row row_of(const Network& network) {
  Row row;
  row.labels = network.labels;
  row.fields = {{"Name", network.name},
                {"Id", network.id},
                {"ID", network.id},
                {"Driver", "bridge"},
                {"Scope", "local"},
                {"Internal", network.internal ? "true" : "false", true},
                {"Subnet", network.subnet.str()},
                {"Gateway", network.gateway.str()},
                {"Bridge", network.bridge},
                {"Subnet6", network.subnet6 ? network.subnet6->str() : ""},
                {"Gateway6", network.gateway6 ? network.gateway6->str() : ""},
                {"Created", rfc3339(network.created_unix_ns)}};
  return row;
}

}  // namespace

std::span<const Option> network_inspect_options() {
  static constexpr Option options[] = {
      {"format", 'f', Takes::text, "TEMPLATE", "A template such as '{{.Name}} {{.Subnet}} {{.Gateway}} {{.Bridge}}'"},
  };
  return options;
}

int network_inspect_command(const Context& context, Parsed& line) {
  runtime::Networks networks(context.root, context.state);
  std::string format = line.flags.text("format");
  ordered_json all = ordered_json::array();
  std::vector<Row> rows;
  int code = for_each_word(line.words, [&](const std::string& name) {
    Network network = networks.find(name);
    if (format.empty())
      all.push_back(inspected(network, networks.living_leases(network.name)));
    else
      rows.push_back(row_of(network));
  });
  print(format.empty() ? all.dump(4, ' ', false, ordered_json::error_handler_t::replace) + "\n"
                       : render(rows, headings, format, ""));
  return code;
}

}  // namespace ccocker::cli
