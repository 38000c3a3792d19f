#include <fmt/format.h>

#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/output.h"
#include "loop/loop.h"
#include "runtime/container.h"
#include "runtime/net/networks.h"

namespace ccocker::cli {
std::span<const Option> network_rm_options() {
  static constexpr Option options[] = {
      {"force", 'f', Takes::nothing, "", "No failure for one that is not there"},
  };
  return options;
}

int network_rm_command(const Context& context, Parsed& line) {
  runtime::Networks networks(context.root, context.state);
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  return for_each_word(line.words, [&](const std::string& name) {
    if (name == "host" || name == "none")
      throw Error(Errc::invalid, fmt::format("{} is a pre-defined network and cannot be removed", name));
    try {
      loop.run(networks.remove(name));
      print(name + "\n");
    } catch (const Error& error) {
      if (!line.flags.on("force") || error.code() != Errc::not_found) throw;
    }
  });
}

}  // namespace ccocker::cli
