#include "cli/attached.h"

#include "cli/background.h"
#include "cli/command.h"
#include "cli/output.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "runtime/attach.h"
#include "runtime/container_events.h"
#include "runtime/detach_keys.h"

namespace ccocker::cli {
namespace {

using runtime::Container;

runtime::AttachOptions options_of(const Container& container, const Flags& flags, bool input) {
  runtime::AttachOptions options;
  options.stdio.interactive = input && container.policies.open_stdin;
  options.stdio.terminal = container.terminal;
  options.detach_keys = runtime::parse_detach_keys(flags.text("detach-keys", detach_keys_default));
  options.forward_signals = !flags.has("sig-proxy") || flags.on("sig-proxy");
  return options;
}

int run_attached(const std::string& state, const Container& container, runtime::ControlClient client,
                 runtime::AttachOptions options) {
  Loop loop;
  runtime::AttachResult result = loop.run(runtime::attach(std::move(client), std::move(options)));
  if (result.detached) {
    runtime::record_container_event(state, container, "detach");
    print_error("read escape sequence\n");
  }
  if (!result.post_mortem.empty()) complain(result.post_mortem);
  return result.exit_code;
}

}  // namespace

int start_attached(runtime::Containers& containers, const Container& container, const Flags& flags, pid_t bind_pid,
                   bool owns, const runtime::Stdio& shown) {
  if (is_up(container.status)) return attach_running(containers, container, flags, flags.on("interactive"));
  runtime::AttachOptions options = options_of(container, flags, flags.on("interactive"));
  options.stdio.output = shown.output;
  options.stdio.errors = shown.errors;
  runtime::record_container_event(containers.state(), container, "attach");
  runtime::ControlClient client(start_and_join(containers, container, bind_pid, owns));
  return run_attached(containers.state(), container, std::move(client), std::move(options));
}

int attach_running(runtime::Containers& containers, const Container& container, const Flags& flags, bool input) {
  std::string name = "container " + container.name;
  if (container.status == runtime::Status::paused)
    throw Error(Errc::conflict, name + " is paused; unpause it before you attach");
  if (container.status == runtime::Status::restarting)
    throw Error(Errc::conflict, name + " is restarting, wait until the container is running");
  if (container.status != runtime::Status::running)
    throw Error(Errc::conflict, name + " is not running: you cannot attach to a stopped container, start it first");
  std::optional<runtime::ControlClient> client = runtime::ControlClient::connect(containers.state(), container.id);
  if (!client) throw Error(Errc::conflict, name + " is just starting or ending; try again");
  runtime::AttachOptions options = options_of(container, flags, input);
  runtime::record_container_event(containers.state(), container, "attach");
  return run_attached(containers.state(), container, std::move(*client), std::move(options));
}

std::span<const Option> attach_options() {
  static constexpr Option options[] = {
      {"detach-keys", 0, Takes::text, "KEYS", "The keys that leave it running (default ctrl-p,ctrl-q)"},
      {"no-stdin", 0, Takes::nothing, "", "Do not join its input"},
      {"sig-proxy", 0, Takes::nothing, "", "Pass signals on (the default); with =false they detach"},
  };
  return options;
}

int attach_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  return attach_running(containers, containers.find(line.words[0]), line.flags, !line.flags.on("no-stdin"));
}

}  // namespace ccocker::cli
