#include <unistd.h>

#include "cli/attached.h"
#include "cli/behind.h"
#include "cli/command.h"
#include "cli/env_flags.h"
#include "cli/host.h"
#include "cli/mount_flags.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "loop/loop.h"
#include "runtime/container.h"
#include "runtime/detach.h"
#include "runtime/detach_keys.h"

namespace ccocker::cli {
namespace {

runtime::ExecRequest make_request(const Flags& flags, const std::vector<std::string>& words) {
  Host host = this_host();
  runtime::ExecRequest request;
  request.args.assign(words.begin() + 1, words.end());
  for (const std::string& path : flags.list("env-file")) {
    std::string content = host.read_file("env-file", path);
    for (const std::string& entry : parse_env_file(path, content, host.env)) set_env(request.env, entry);
  }
  for (const std::string& value : flags.list("env")) set_env(request.env, parse_env_flag(value, host.env));
  request.user = flags.text("user");
  if (flags.has("workdir")) request.cwd = clean_path("workdir", flags.text("workdir"), flags.text("workdir"));
  request.privileged = flags.on("privileged");
  request.stdio = stdio_of(flags);
  return request;
}

int exec_in_background(runtime::Containers& containers, const std::string& id, runtime::ExecRequest request) {
  request.detached = true;
  request.stdio.interactive = false;
  runtime::run_detached([&](const runtime::SayStarted& say_started) {
    request.started = [&](pid_t) { say_started(); };
    Loop loop;
    loop.run(containers.exec(id, std::move(request)));
  });
  return 0;
}

}  // namespace

std::span<const Option> exec_options() {
  static constexpr Option options[] = {
      {"detach", 'd', Takes::nothing, "", "Leave the command running in the background"},
      {"detach-keys", 0, Takes::text, "KEYS", "The keys that leave it running at -it (default ctrl-p,ctrl-q)"},
      {"env", 'e', Takes::list, "NAME[=VALUE]",
       "Set a variable; NAME alone takes the caller's value, or the variable away"},
      {"env-file", 0, Takes::list, "FILE", "Set variables from the lines of a file"},
      {"interactive", 'i', Takes::nothing, "", "Keep standard input open"},
      {"privileged", 0, Takes::nothing, "", "Give the command all capabilities"},
      {"tty", 't', Takes::nothing, "", "Give it a terminal"},
      {"user", 'u', Takes::text, "USER[:GROUP]", "Run as this user, by name or number"},
      {"workdir", 'w', Takes::text, "DIR", "Working directory inside"},
  };
  return options;
}

int exec_command(const Context& context, Parsed& line) {
  runtime::ExecRequest request = make_request(line.flags, line.words);
  if (!line.flags.on("detach")) require_terminal(request.stdio);
  runtime::Containers containers(context.root, context.state);
  runtime::Container container = containers.find(line.words[0]);
  request.detach_keys = runtime::parse_detach_keys(line.flags.text("detach-keys", detach_keys_default));
  if (line.flags.on("detach")) return exec_in_background(containers, container.id, std::move(request));
  Behind behind;
  bool can_be_left = request.stdio.terminal && request.stdio.interactive && !request.detach_keys.empty();
  if (can_be_left) {
    if (std::optional<int> code = behind.split()) return *code;
    request.leave = [&behind] {
      print_error("read escape sequence\n");
      behind.leave();
    };
  }
  Loop loop;
  runtime::RunResult result = loop.run(containers.exec(container.id, std::move(request)));
  if (!result.post_mortem.empty()) complain(result.post_mortem);
  return result.exit_code;
}

}  // namespace ccocker::cli
