#include "cli/main.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/apart.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/host.h"
#include "cli/interruptible.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/text.h"
#include "loop/error.h"
#include "runtime/notice.h"

namespace ccocker::cli {
namespace {

struct ExitCode {
  Errc error;
  int code;
};
constexpr ExitCode exit_codes[] = {{Errc::cannot_execute, 126}, {Errc::command_not_found, 127}};

int exit_code(Errc error, int otherwise) {
  for (const ExitCode& row : exit_codes) {
    if (row.error == error) return row.code;
  }
  return otherwise;
}

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

// Paths that reach the runtime are absolute: a supervisor may outlive the caller's working directory.
std::string absolute(std::string path) {
  if (path.starts_with('/')) return path;
  char* cwd = ::get_current_dir_name();
  if (!cwd) throw Error::sys("getcwd");
  std::string whole = std::string(cwd) + "/" + path;
  std::free(cwd);
  return whole;
}

Context make_context(const Flags& flags, std::chrono::steady_clock::time_point started) {
  Context context;
  context.started = started;
  context.root = absolute(flags.text("root", from_environment("CCOCKER_ROOT", "/var/lib/ccocker")));
  context.state = absolute(flags.text("state", from_environment("CCOCKER_STATE", "/run/ccocker")));
  if (flags.has("log-level")) set_log_level(parse_log_level(flags.text("log-level")));
  if (flags.on("debug")) set_log_level(LogLevel::debug);
  return context;
}

// Docker's own ways to say where things are.
void heed_docker_flags(const Flags& flags) {
  if (std::string name = flags.text("context", "default"); name != "default")
    throw Error(Errc::not_found, fmt::format("--context: there is no context '{}': 'default' is the only one", name));
  if (flags.has("config")) ::setenv("DOCKER_CONFIG", absolute(flags.text("config")).c_str(), 1);
}

// Docker's exit code for an unknown command or a wrong number of words, where a bad flag gives 125.
constexpr int exit_not_understood = 1;

[[noreturn]] void unknown_command(std::string_view typed) {
  std::string_view close = closest_command(typed);
  std::string hint = close.empty() ? "" : fmt::format(" (did you mean '{}'?)", close);
  throw Error(Errc::invalid, fmt::format("unknown command: {}{}; see 'ccocker --help'", typed, hint));
}

void check_words(const Command& command, size_t count) {
  if (count >= command.words_min && count <= command.words_max) return;
  throw Error(Errc::invalid,
              fmt::format("too {} arguments: usage is 'ccocker {} {}'; see 'ccocker {} --help'",
                          count < command.words_min ? "few" : "many", command.name, command.usage, command.name));
}

// `arguments` follow a group's name, and no command of it. Alone it shows its help, as Docker's do.
int run_group(const std::string& group, std::span<const char* const> arguments, int& failure) {
  Parsed line = parse_options({}, arguments, true, "ccocker " + group);
  if (line.flags.on("help") || line.words.empty()) {
    print(group_help(group));
    return 0;
  }
  failure = exit_not_understood;
  throw Error(Errc::invalid, fmt::format("unknown command: {} {}; there are: {}", group, line.words[0],
                                         words_of_group(group)));
}

// `used` words of `typed` name the command.
int run_line(const Command& command, const Context& context, std::span<const char* const> typed, size_t used,
             int& failure) {
  std::span<const char* const> arguments = typed.subspan(used);
  Parsed line =
      parse_options(command.options, arguments, command.flags_first(), fmt::format("ccocker {}", command.name));
  if (line.flags.on("help")) {
    print(command_help(command));
    return 0;
  }
  if (used == 2) line.group = typed[0];
  failure = exit_not_understood;
  check_words(command, line.words.size());
  failure = exit_own_failure;
  if (command.needs == Privilege::root && ::geteuid() != 0) {
    throw Error(Errc::denied, fmt::format("'ccocker {}' needs root: run it with sudo", command.name));
  }
  failure = command.failure;
  return command.run(context, line);
}

// `failure` becomes the exit code that the chosen command has when it throws.
int dispatch(std::span<const char* const> arguments, std::chrono::steady_clock::time_point started, int& failure) {
  Parsed global = parse_options(global_options(), arguments, true, "ccocker");
  std::span<const char* const> rest = arguments.last(global.words.size());
  Context context = make_context(global.flags, started);
  heed_docker_flags(global.flags);
  if (global.flags.on("version")) {
    print("ccocker version " CCOCKER_VERSION "\n");
    return 0;
  }
  if (rest.empty() || global.flags.on("help")) {
    print(program_help());
    return 0;
  }
  size_t used = 0;
  const Command* command = find_command(rest, used);
  if (!command && !words_of_group(rest[0]).empty()) return run_group(rest[0], rest.subspan(1), failure);
  if (!command) {
    failure = exit_not_understood;
    unknown_command(rest[0]);
  }
  return run_line(*command, context, rest, used, failure);
}

}  // namespace

int main(int argc, char** argv) {
  auto started = std::chrono::steady_clock::now();
  int code = 0, failure = exit_own_failure;
  ::signal(SIGCHLD, SIG_DFL);  // ignored by our caller, the kernel would reap our children before we ask how they ended
  runtime::on_notice([](const std::string& sentence) { complain(sentence); });
  try {
    code = dispatch(std::span<const char* const>(argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0)), started,
                    failure);
    finish_output();
  } catch (const EndedApart& ended) {
    return ended.exit_code;
  } catch (const NoTerminal& error) {
    complain(error.what());
    return exit_command_failure;
  } catch (const Interrupted& error) {
    std::fflush(stdout);
    complain(error.what());
    return 128 + error.signal;
  } catch (const Error& error) {
    std::fflush(stdout);
    complain(error.what());
    return exit_code(error.code(), failure);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    complain(fmt::format("internal error: {}", error.what()));
    return failure;
  }
  return code;
}

}  // namespace ccocker::cli
