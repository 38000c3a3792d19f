#include <time.h>

#include "cli/command.h"
#include "cli/container_rows.h"
#include "cli/limit_flags.h"
#include "cli/output.h"
#include "cli/port_rows.h"
#include "loop/loop.h"
#include "runtime/net/published.h"

namespace ccocker::cli {
namespace {

constexpr const char* default_format =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

// -n N and -l list stopped ones too, as Docker does; so do filters that only stopped ones can fit.
bool lists_all(const Flags& flags, const Filters& filters) {
  return flags.on("all") || flags.has("last") || flags.on("latest") || filters.has("status") || filters.has("exited");
}

size_t rows_max(const Flags& flags) {
  if (flags.on("latest")) return 1;
  if (!flags.has("last")) return SIZE_MAX;
  int64_t last = parse_integer("last", flags.text("last"), -1, INT32_MAX);
  return last < 0 ? SIZE_MAX : static_cast<size_t>(last);
}

std::string ports_of(const Context& context, const runtime::Container& container, bool runs) {
  return runs ? ports_column(runtime::load_ports(context.state, container.id)) : "";
}

}  // namespace

std::span<const Option> ps_options() {
  static constexpr Option options[] = {
      {"all", 'a', Takes::nothing, "", "Stopped containers too"},
      {"filter", 'f', Takes::list, "KEY=VALUE", "Only those that fit: id, name, label, status, exited, ancestor"},
      {"format", 0, Takes::text, "TEMPLATE", "json, table, or a template such as '{{.ID}} {{.Names}}'"},
      {"last", 'n', Takes::text, "N", "The last N made, stopped ones too"},
      {"latest", 'l', Takes::nothing, "", "The last one made"},
      {"no-trunc", 0, Takes::nothing, "", "Whole IDs and commands"},
      {"quiet", 'q', Takes::nothing, "", "Only IDs"},
      {"size", 's', Takes::nothing, "", "", nullptr, "sizes of containers come with a later version"},
  };
  return options;
}

int ps_command(const Context& context, Parsed& line) {
  Filters filters = container_filters(line.flags.list("filter"));
  size_t most = rows_max(line.flags);
  bool truncate = !line.flags.on("no-trunc");
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  std::vector<Row> rows;
  for (const runtime::Container& container : containers.list()) {
    bool runs = container.status == runtime::Status::running || container.status == runtime::Status::paused;
    if (!runs && !lists_all(line.flags, filters)) continue;
    if (rows.size() < most && fits(filters, container))
      rows.push_back(container_row(container, ::time(nullptr), truncate, ports_of(context, container, runs)));
  }
  std::string format = line.flags.on("quiet") ? "{{.ID}}" : line.flags.text("format");
  print(render(rows, container_headings(), format, default_format));
  return 0;
}

}  // namespace ccocker::cli
