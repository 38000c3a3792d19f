#include "cli/command.h"
#include "cli/interruptible.h"
#include "cli/output_file.h"
#include "registry/tree_tar.h"
#include "runtime/container_events.h"
#include "runtime/container_root.h"

namespace ccocker::cli {

std::span<const Option> export_options() {
  static constexpr Option options[] = {
      {"output", 'o', Takes::text, "FILE", "Write to a file instead of standard output"},
  };
  return options;
}

int export_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  std::string id = containers.find(line.words[0]).id;
  std::optional<runtime::ContainerRecord> record = runtime::load_record(context.root, context.state, id);
  if (!record || record->damaged) throw Error(Errc::not_found, "no such container: " + line.words[0]);
  runtime::ContainerRoot view = runtime::open_container_root(context.root, *record);
  OutputFile file(line.flags.text("output"), "export");
  registry::FdSink sink(file.fd());
  Loop loop;
  run_interruptible(loop, registry::write_tree_tar(view.merged, {}, sink));
  file.finish();
  runtime::record_container_event(context.state, record->container, "export");
  return 0;
}

}  // namespace ccocker::cli
