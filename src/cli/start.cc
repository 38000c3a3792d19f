#include <ranges>

#include "cli/attached.h"
#include "cli/background.h"
#include "cli/command.h"
#include "cli/each_word.h"
#include "loop/loop.h"
#include "runtime/container.h"

namespace ccocker::cli {
namespace {

using runtime::Container;
using runtime::RestartPolicy;
using runtime::Status;

// What a reboot ended and its policy wants back; what its user stopped stays down unless it is `always`.
bool comes_back(const Container& container) {
  RestartPolicy::Kind kind = container.policies.restart.kind;
  bool wanted = kind == RestartPolicy::Kind::always ||
                (kind == RestartPolicy::Kind::unless_stopped && !container.stopped_by_user);
  return wanted && container.status == Status::exited;
}

void sweep(runtime::Containers& containers) {
  Loop loop;
  loop.run(containers.sweep());
}

// The oldest first: one that uses another's network was made after it.
std::vector<std::string> names_to_start(runtime::Containers& containers, const Parsed& line) {
  if (!line.flags.on("all-restartable")) return line.words;
  std::vector<std::string> names;
  for (const Container& container : containers.list() | std::views::reverse) {
    if (comes_back(container)) names.push_back(container.name);
  }
  return names;
}

void check_words(const Parsed& line) {
  bool all = line.flags.on("all-restartable");
  if (all != line.words.empty())
    throw Error(Errc::invalid, all ? "--all-restartable starts all that it fits: name no containers"
                                   : "too few arguments: usage is 'ccocker start [OPTIONS] CONTAINER [CONTAINER...]'");
  if (line.words.size() > 1 && (line.flags.on("attach") || line.flags.on("interactive")))
    throw Error(Errc::invalid, "you cannot start and attach multiple containers at once");
}

}  // namespace

std::span<const Option> start_options() {
  static constexpr Option options[] = {
      {"all-restartable", 0, Takes::nothing, "", "All whose policy is always or unless-stopped, as after a reboot"},
      {"attach", 'a', Takes::nothing, "", "Join its output and give its exit code"},
      {"bind-pid", 0, Takes::text, "PID", "Stop them when this process ends"},
      {"detach-keys", 0, Takes::text, "KEYS", "The keys that leave it running (default ctrl-p,ctrl-q)"},
      {"interactive", 'i', Takes::nothing, "", "Join its input too"},
  };
  return options;
}

int start_command(const Context& context, Parsed& line) {
  check_words(line);
  pid_t bind_pid = parse_bind_pid(line.flags);
  runtime::Containers containers(context.root, context.state);
  sweep(containers);
  if (line.flags.on("attach") || line.flags.on("interactive"))
    return start_attached(containers, containers.find(line.words[0]), line.flags, bind_pid);
  return for_each_word(names_to_start(containers, line), [&](const std::string& name) {
    Container container = containers.find(name);
    if (container.status == Status::paused)
      throw Error(Errc::conflict, "container " + container.name + " is paused; unpause it instead");
    if (!is_up(container.status)) start_in_background(containers, container, bind_pid);
    print(name + "\n");
  });
}

}  // namespace ccocker::cli
