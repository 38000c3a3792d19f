#include "cli/command.h"
#include "cli/each_word.h"
#include "loop/loop.h"
#include "runtime/container.h"

namespace ccocker::cli {
namespace {

Task<std::string> remove_one(runtime::Containers& containers, std::string name, bool force, bool volumes) {
  try {
    co_await containers.remove(containers.find(name).id, force, volumes);
    co_return name + "\n";
  } catch (const Error& error) {
    // With -f what is not there counts as removed, so that clean-up scripts can run twice.
    if (!force || error.code() != Errc::not_found) throw;
    complain(error.what());
  }
  co_return "";
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
  Loop().run(containers.sweep());
  bool force = line.flags.on("force"), volumes = line.flags.on("volumes");
  return for_words_at_once(line.words, [&](std::string name) {
    return remove_one(containers, std::move(name), force, volumes);
  });
}

}  // namespace ccocker::cli
