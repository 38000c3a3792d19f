#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/port_rows.h"
#include "cli/publish_flags.h"
#include "loop/loop.h"
#include "runtime/container.h"
#include "runtime/net/published.h"

namespace ccocker::cli {
namespace {

void print_one(const std::vector<runtime::PortMapping>& mappings, const std::string& name, const std::string& typed) {
  std::string wanted = parse_expose(typed).at(0);
  bool found = false;
  for (const runtime::PortMapping& mapping : mappings) {
    if (container_side(mapping) != wanted) continue;
    print(host_side(mapping) + "\n");
    found = true;
  }
  if (!found) throw Error(Errc::not_found, fmt::format("no public port '{}' published for {}", wanted, name));
}

}  // namespace

std::span<const Option> port_options() { return {}; }

int port_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  runtime::Container container = containers.find(line.words[0]);
  std::vector<runtime::PortMapping> mappings;
  if (has_process(container.status)) mappings = runtime::load_ports(context.state, container.id);
  if (line.words.size() > 1) {
    print_one(mappings, container.name, line.words[1]);
    return 0;
  }
  for (const runtime::PortMapping& mapping : mappings) print(port_line(mapping) + "\n");
  return 0;
}

}  // namespace ccocker::cli
