#include "cli/command.h"
#include "cli/each_word.h"
#include "loop/loop.h"
#include "runtime/container.h"

namespace ccocker::cli {
namespace {

void remove(Loop& loop, runtime::Containers& containers, const std::string& name, bool force, bool volumes) {
  try {
    runtime::Container container = containers.find(name);
    loop.run(containers.remove(container.id, force, volumes));
    print(name + "\n");
  } catch (const Error& error) {
    // With -f what is not there counts as removed, so that clean-up scripts can run twice.
    if (!force || error.code() != Errc::not_found) throw;
    complain(error.what());
  }
}

}  // namespace

std::span<const Option> rm_options() {
  static constexpr Option options[] = {
      {"force", 'f', Takes::nothing, "", "Kill it first when it runs; no failure when it is not there"},
      {"volumes", 'v', Takes::nothing, "", "Remove its anonymous volumes too"},
      {"link", 'l', Takes::nothing, "", "", nullptr, "links of networks are not supported"},
  };
  return options;
}

int rm_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  bool force = line.flags.on("force"), volumes = line.flags.on("volumes");
  return for_each_word(line.words, [&](const std::string& name) { remove(loop, containers, name, force, volumes); });
}

}  // namespace ccocker::cli
