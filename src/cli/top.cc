#include <algorithm>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/process_rows.h"
#include "runtime/container.h"
#include "runtime/process_table.h"

namespace ccocker::cli {

std::span<const Option> top_options() { return {}; }

int top_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  std::string id = containers.find(line.words[0]).id;
  std::vector<pid_t> pids = runtime::container_processes(runtime::require_record(context.root, context.state, id));
  std::vector<std::string> ps_options(line.words.begin() + 1, line.words.end());
  print(ps_options.empty() ? process_table(pids) : process_table_by_ps(pids, ps_options));
  return 0;
}

}  // namespace ccocker::cli
