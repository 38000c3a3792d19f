// `pause`, `unpause`, `wait` and `rename`: one call for each word.
#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/run_spec.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "runtime/container.h"

namespace ccocker::cli {
namespace {

Task<std::string> pause_one(runtime::Containers& containers, std::string name) {
  co_await containers.pause(containers.find(name).id);
  co_return name + "\n";
}

Task<std::string> unpause_one(runtime::Containers& containers, std::string name) {
  co_await containers.unpause(containers.find(name).id);
  co_return name + "\n";
}

}  // namespace

std::span<const Option> pause_options() { return {}; }
std::span<const Option> unpause_options() { return {}; }
std::span<const Option> wait_options() { return {}; }
std::span<const Option> rename_options() { return {}; }

int pause_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  return for_words_at_once(line.words, [&](std::string name) { return pause_one(containers, std::move(name)); });
}

int unpause_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  return for_words_at_once(line.words, [&](std::string name) { return unpause_one(containers, std::move(name)); });
}

int wait_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  return for_each_word(line.words, [&](const std::string& name) {
    int code = run_interruptible(loop, containers.wait(containers.find(name).id));
    print(std::to_string(code) + "\n");
    finish_output();
  });
}

int rename_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  std::string_view wanted = line.words[1];
  if (wanted.starts_with('/')) wanted.remove_prefix(1);
  std::string name = parse_container_name(std::string(wanted));
  Loop loop;
  loop.run(containers.rename(containers.find(line.words[0]).id, std::move(name)));
  return 0;
}

}  // namespace ccocker::cli
