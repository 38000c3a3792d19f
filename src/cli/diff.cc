#include "cli/command.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "runtime/container.h"
#include "runtime/diff.h"
#include "runtime/record.h"

namespace ccocker::cli {

std::span<const Option> diff_options() { return {}; }

int diff_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  std::string id = containers.find(line.words[0]).id;
  runtime::ContainerRecord record = runtime::require_record(context.root, context.state, id);
  bool terminal = is_terminal(Stream::out);
  for (const runtime::Change& change : runtime::container_changes(context.root, record)) {
    std::string path = terminal ? printable(change.path) : change.path;
    print(std::string(1, static_cast<char>(change.kind)) + " " + path + "\n");
  }
  return 0;
}

}  // namespace ccocker::cli
