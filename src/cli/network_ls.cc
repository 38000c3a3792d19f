#include "cli/bad_value.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/fixed_networks.h"
#include "cli/human_time.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/text.h"
#include "runtime/net/networks.h"

namespace ccocker::cli {
namespace {

using runtime::Network;

constexpr const char* default_format = "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}";
constexpr size_t short_id = 12;

constexpr Heading headings[] = {
    {"Bridge", "BRIDGE"},     {"CreatedAt", "CREATED AT"}, {"Driver", "DRIVER"},
    {"Gateway", "GATEWAY"},   {"ID", "NETWORK ID"},        {"IPv6", "IPV6"},
    {"Internal", "INTERNAL"}, {"Labels", "LABELS"},        {"Name", "NAME"},
    {"Scope", "SCOPE"},       {"Subnet", "SUBNET"},
};
constexpr std::string_view filter_keys[] = {"id", "name", "label", "driver", "type", "scope", "dangling"};

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : labels) parts.push_back(key + "=" + value);
  return join(parts, ",");
}

Row row_of(const Network& network, const char* driver, bool truncate) {
  bool made = network.created_unix_ns != 0;
  Row row;
  row.labels = network.labels;
  row.fields = {{"Bridge", network.bridge},
                {"CreatedAt", made ? local_time(network.created_unix_ns / 1'000'000'000) : ""},
                {"Driver", driver},
                {"Gateway", made ? network.gateway.str() : ""},
                {"ID", truncate ? network.id.substr(0, short_id) : network.id},
                {"IPv6", network.subnet6 ? "true" : "false"},
                {"Internal", network.internal ? "true" : "false"},
                {"Labels", labels_text(network.labels)},
                {"Name", network.name},
                {"Scope", "local"},
                {"Subnet", made ? network.subnet.str() : ""}};
  return row;
}

struct Listed {
  Network network;
  const char* driver;
};

std::vector<Listed> all_networks(const Context& context) {
  std::vector<Listed> all;
  for (Network& network : runtime::Networks(context.root, context.state).list())
    all.push_back({std::move(network), "bridge"});
  for (const FixedNetwork& fixed : fixed_networks) {
    if (std::ranges::any_of(all, [&](const Listed& it) { return it.network.name == fixed.name; })) continue;
    Network network;
    network.name = fixed.name;
    network.id = fixed_network_id(fixed);
    all.push_back({std::move(network), fixed.driver});
  }
  std::sort(all.begin(), all.end(), [](const Listed& a, const Listed& b) { return a.network.name < b.network.name; });
  return all;
}

bool is_custom(const Listed& it) { return !find_fixed_network(it.network.name); }

bool wants_type(const std::string& word) {
  if (word != "custom" && word != "builtin") bad_value("filter", "type=" + word, "type=custom or type=builtin");
  return word == "custom";
}

bool wants_dangling(const std::string& word) {
  std::optional<bool> wanted = parse_bool(word);
  if (!wanted) bad_value("filter", "dangling=" + word, "dangling=true or false");
  return *wanted;
}

// With nobody on it; those that are there in any case never dangle.
bool is_dangling(const Context& context, const Listed& it) {
  return is_custom(it) && runtime::Networks(context.root, context.state).living_leases(it.network.name).empty();
}

bool fits(const Context& context, const Filters& filters, const Listed& it) {
  auto id = [&](const std::string& prefix) { return it.network.id.starts_with(prefix); };
  auto name = [&](const std::string& part) { return it.network.name.find(part) != std::string::npos; };
  auto driver = [&](const std::string& word) { return word == it.driver; };
  auto type = [&](const std::string& word) { return wants_type(word) == is_custom(it); };
  auto scope = [&](const std::string& word) { return word == "local"; };
  auto dangling = [&](const std::string& word) { return wants_dangling(word) == is_dangling(context, it); };
  return filters.any("id", id) && filters.any("name", name) && filters.any("driver", driver) &&
         filters.any("type", type) && filters.any("scope", scope) && filters.any("dangling", dangling) &&
         filters.labels_fit(it.network.labels);
}

}  // namespace

std::span<const Option> network_ls_options() {
  static constexpr Option options[] = {
      {"filter", 'f', Takes::list, "KEY=VALUE", "Only those that fit: id, name, label, driver, type, scope, dangling"},
      {"format", 0, Takes::text, "TEMPLATE", "json, table, or a template such as '{{.Name}} {{.Subnet}}'"},
      {"no-trunc", 0, Takes::nothing, "", "Whole IDs"},
      {"quiet", 'q', Takes::nothing, "", "Only IDs"},
  };
  return options;
}

int network_ls_command(const Context& context, Parsed& line) {
  Filters filters(line.flags.list("filter"), filter_keys);
  std::vector<Row> rows;
  for (const Listed& it : all_networks(context)) {
    if (line.flags.on("quiet") && it.network.id.empty()) continue;
    if (fits(context, filters, it)) rows.push_back(row_of(it.network, it.driver, !line.flags.on("no-trunc")));
  }
  std::string format = line.flags.on("quiet") ? "{{.ID}}" : line.flags.text("format");
  print(render(rows, headings, format, default_format));
  return 0;
}

}  // namespace ccocker::cli
