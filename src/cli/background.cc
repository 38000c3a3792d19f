#include "cli/background.h"

#include <sys/socket.h>

#include "cli/limit_flags.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "runtime/detach.h"

namespace ccocker::cli {
namespace {

void supervise(runtime::Containers& containers, const runtime::Container& container, runtime::RunOptions options,
               const runtime::SayStarted& say_started) {
  options.stdio = {container.policies.open_stdin, container.terminal};
  options.detached = true;
  options.started = [&](pid_t) { say_started(); };
  Loop loop;
  loop.run(containers.run(container.id, std::move(options)));
}

}  // namespace

void start_in_background(runtime::Containers& containers, const runtime::Container& container, pid_t bind_pid) {
  runtime::run_detached([&](const runtime::SayStarted& say_started) {
    runtime::RunOptions options;
    options.bind_pid = bind_pid;
    supervise(containers, container, std::move(options), say_started);
  });
}

Fd start_and_join(runtime::Containers& containers, const runtime::Container& container, pid_t bind_pid, bool owns) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) throw Error::sys("socketpair");
  Fd ours(ends[0]), theirs(ends[1]);
  runtime::run_detached([&](const runtime::SayStarted& say_started) {
    ours.reset();  // with a copy of our end the supervisor would never see us go
    runtime::RunOptions options;
    options.bind_pid = bind_pid;
    options.first_client = std::move(theirs);
    options.client_owns = owns;
    supervise(containers, container, std::move(options), say_started);
  });
  return ours;
}

pid_t parse_bind_pid(const Flags& flags) {
  if (!flags.has("bind-pid")) return 0;
  return static_cast<pid_t>(parse_integer("bind-pid", flags.text("bind-pid"), 1, INT32_MAX));
}

}  // namespace ccocker::cli
