// `stop`, `restart` and `kill`.
#include <signal.h>

#include <algorithm>

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

struct Stop {
  std::optional<int> timeout_s;
  int signal = 0;
  bool keep = false;
};

Task<std::string> stop_one(runtime::Containers& containers, std::string name, Stop how) {
  co_await containers.stop(containers.find(name).id, how.timeout_s, how.signal, how.keep);
  co_return name + "\n";
}

Task<std::string> stop_to_restart(runtime::Containers& containers, std::string name, Stop how,
                                  std::vector<std::string>& stopped) {
  co_await containers.stop(containers.find(name).id, how.timeout_s, how.signal, how.keep);
  stopped.push_back(name);
  co_return "";
}

Task<std::string> kill_one(runtime::Containers& containers, std::string name, int signal) {
  co_await containers.kill(containers.find(name).id, signal);
  co_return name + "\n";
}

std::vector<std::string> in_order_of(const std::vector<std::string>& words, const std::vector<std::string>& some) {
  std::vector<std::string> out = words;
  std::erase_if(out, [&](const std::string& word) { return std::ranges::find(some, word) == some.end(); });
  return out;
}

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
  Stop how{timeout_of(line.flags), signal_of(line.flags)};
  runtime::Containers containers(context.root, context.state);
  return for_words_at_once(line.words, [&](std::string name) { return stop_one(containers, std::move(name), how); });
}

int restart_command(const Context& context, Parsed& line) {
  Stop how{timeout_of(line.flags), signal_of(line.flags), true};
  runtime::Containers containers(context.root, context.state);
  std::vector<std::string> stopped;
  // Not started from within: a supervisor is forked where there is no loop.
  int code = for_words_at_once(line.words, [&](std::string name) {
    return stop_to_restart(containers, std::move(name), how, stopped);
  });
  int start_code = for_each_word(in_order_of(line.words, stopped), [&](const std::string& name) {
    runtime::Container container = containers.find(name);
    start_in_background(containers, container);
    containers.tell_restarted(container);
    print(name + "\n");
  });
  return code ? code : start_code;
}

int kill_command(const Context& context, Parsed& line) {
  int signal = line.flags.has("signal") ? signal_of(line.flags) : SIGKILL;
  runtime::Containers containers(context.root, context.state);
  return for_words_at_once(line.words, [&](std::string name) { return kill_one(containers, std::move(name), signal); });
}

}  // namespace ccocker::cli
