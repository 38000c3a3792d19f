// `stop`, `restart` and `kill`.
#include <signal.h>

#include "cli/background.h"
#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/limit_flags.h"
#include "cli/security_flags.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "runtime/container.h"

namespace ccocker::cli {
namespace {

std::optional<int> timeout_of(const Flags& flags) {
  if (!flags.has("time")) return std::nullopt;
  return static_cast<int>(parse_integer("time", flags.text("time"), -1, INT32_MAX));
}

int signal_of(const Flags& flags) { return flags.has("signal") ? parse_signal("signal", flags.text("signal")) : 0; }

constexpr Option stopping_options[] = {
    {"signal", 's', Takes::text, "SIGNAL", "Ask with this signal instead of its own"},
    {"time", 't', Takes::text, "SECONDS", "Kill it after so long (default 10, or its --stop-timeout; -1 never)"},
    {"timeout", 0, Takes::text, "SECONDS", "The same", "time"},
};

}  // namespace

std::span<const Option> stop_options() { return stopping_options; }
std::span<const Option> restart_options() { return stopping_options; }

std::span<const Option> kill_options() {
  static constexpr Option options[] = {
      {"signal", 's', Takes::text, "SIGNAL", "The signal, by name or number (default SIGKILL)"},
  };
  return options;
}

int stop_command(const Context& context, Parsed& line) {
  std::optional<int> timeout_s = timeout_of(line.flags);
  int signal = signal_of(line.flags);
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  return for_each_word(line.words, [&](const std::string& name) {
    runtime::Container container = containers.find(name);
    run_interruptible(loop, containers.stop(container.id, timeout_s, signal));
    print(name + "\n");
  });
}

int restart_command(const Context& context, Parsed& line) {
  std::optional<int> timeout_s = timeout_of(line.flags);
  int signal = signal_of(line.flags);
  runtime::Containers containers(context.root, context.state);
  return for_each_word(line.words, [&](const std::string& name) {
    runtime::Container container = containers.find(name);
    {
      Loop loop;
      run_interruptible(loop, containers.stop(container.id, timeout_s, signal, true));
    }
    start_in_background(containers, container);
    containers.tell_restarted(container);
    print(name + "\n");
  });
}

int kill_command(const Context& context, Parsed& line) {
  int signal = line.flags.has("signal") ? signal_of(line.flags) : SIGKILL;
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  return for_each_word(line.words, [&](const std::string& name) {
    runtime::Container container = containers.find(name);
    loop.run(containers.kill(container.id, signal));
    print(name + "\n");
  });
}

}  // namespace ccocker::cli
