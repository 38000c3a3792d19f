#include "cli/background.h"

#include "cli/limit_flags.h"
#include "loop/loop.h"
#include "runtime/detach.h"

namespace ccocker::cli {

void start_in_background(runtime::Containers& containers, const runtime::Container& container, pid_t bind_pid,
                         Fd client) {
  runtime::run_detached([&](const runtime::SayStarted& say_started) {
    runtime::RunOptions options;
    options.stdio = {container.policies.open_stdin, container.terminal};
    options.detached = true;
    options.started = [&](pid_t) { say_started(); };
    options.bind_pid = bind_pid;
    options.first_client = std::move(client);
    Loop loop;
    loop.run(containers.run(container.id, std::move(options)));
  });
}

pid_t parse_bind_pid(const Flags& flags) {
  if (!flags.has("bind-pid")) return 0;
  return static_cast<pid_t>(parse_integer("bind-pid", flags.text("bind-pid"), 1, INT32_MAX));
}

}  // namespace ccocker::cli
