// `pause`, `unpause`, `wait` and `rename`: one call for each word.
#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/run_spec.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "runtime/container.h"

namespace ccocker::cli {

std::span<const Option> pause_options() { return {}; }
std::span<const Option> unpause_options() { return {}; }
std::span<const Option> wait_options() { return {}; }
std::span<const Option> rename_options() { return {}; }

int pause_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  return for_each_word(line.words, [&](const std::string& name) {
    loop.run(containers.pause(containers.find(name).id));
    print(name + "\n");
  });
}

int unpause_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  return for_each_word(line.words, [&](const std::string& name) {
    loop.run(containers.unpause(containers.find(name).id));
    print(name + "\n");
  });
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
