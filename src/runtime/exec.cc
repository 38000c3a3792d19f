#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "loop/error.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/capabilities.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container.h"
#include "runtime/container_events.h"
#include "runtime/hold_process.h"
#include "runtime/id.h"
#include "runtime/launch.h"
#include "runtime/launch_names.h"
#include "runtime/pid_namespace.h"
#include "runtime/plan.h"
#include "runtime/post_mortem.h"
#include "runtime/record.h"
#include "runtime/seccomp.h"
#include "runtime/supervise.h"
#include "runtime/terminal.h"
#include "runtime/timing.h"

namespace ccocker::runtime {
namespace {

constexpr uint64_t entered_namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP;

ContainerRecord load_running(const std::string& root, const std::string& state, const std::string& id) {
  ContainerRecord record = require_record(root, state, id);
  const Container& container = record.container;
  if (container.status == Status::paused)
    throw Error(Errc::conflict, fmt::format("container {} is paused; unpause it first", container.name));
  if (container.status == Status::restarting)
    throw Error(Errc::conflict,
                fmt::format("container {} is restarting, wait until the container is running", container.name));
  if (container.status != Status::running)
    throw Error(Errc::conflict, fmt::format("container {} is not running", container.name));
  return record;
}

std::string_view variable_name(std::string_view entry) { return entry.substr(0, entry.find('=')); }

// `env` with `added`, which replaces variables of the same name.
std::vector<std::string> merge_environment(std::vector<std::string> env, const std::vector<std::string>& added) {
  for (const std::string& entry : added) {
    std::erase_if(env, [&](const std::string& old) { return variable_name(old) == variable_name(entry); });
    env.push_back(entry);
  }
  return env;
}

// Gives the output to a function; to nobody when there is none.
class CaptureTap final : public OutputTap {
 public:
  explicit CaptureTap(const std::function<void(std::string_view)>& capture) : capture_(capture) {}
  void take(OutputStream, std::span<const std::byte> bytes) override {
    if (capture_) capture_({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  Task<void> wait_for_room() override { co_return; }

 private:
  const std::function<void(std::string_view)>& capture_;
};

// One more process in a running container. Steps are called in this order.
class Exec {
 public:
  Exec(ContainerRecord record, std::string root, ExecRequest request)
      : record_(std::move(record)), root_(std::move(root)), request_(std::move(request)) {
    if (own_streams()) signals_.emplace();
  }

  void prepare();
  Task<void> start();
  Task<RunResult> watch();
  void tell_started() {
    if (request_.started) request_.started(launch_.pid);
  }
  Task<void> clean_up() { return end_child(launch_); }
  Task<void> finish_output() { return write_unwritten(std::move(unwritten_), signals_ ? &signals_->source() : nullptr); }

 private:
  // Whether our own standard streams and signals are the command's.
  bool own_streams() const { return !request_.detached && !request_.capture; }
  Process process() const;
  void launch_inside(FdView group);
  OomReport oom_since_start() const;

  ContainerRecord record_;
  std::string root_;
  ExecRequest request_;
  StartTimer timer_;
  std::optional<ForwardedSignals> signals_;
  Plan plan_;
  Fd target_;  // pidfd of the container's first process
  StdioPipes pipes_;
  UnwrittenOutput unwritten_;
  Launch launch_;
  std::optional<Cgroup> cgroup_;
  uint64_t oom_kills_before_ = 0;
};

Process Exec::process() const {
  Process process = record_.spec.process;
  process.args = request_.args;
  process.terminal = request_.stdio.terminal;
  process.env = merge_environment(process.env, request_.env);
  if (!request_.cwd.empty()) process.cwd = request_.cwd;
  if (!request_.user.empty()) process.user = request_.user;
  if (request_.privileged) process.capabilities = all_capabilities();
  return process;
}

void Exec::prepare() {
  if (!request_.detached) require_terminal(request_.stdio);
  Fd inside;
  target_ = require_process(record_.container, [&](pid_t pid) {
    inside = sys::openat(sys::cwd(), fmt::format("/proc/{}/root", pid), O_PATH | O_DIRECTORY);
  });
  Process wanted = process();
  ResolvedUser user = resolve_user(inside, wanted.user, wanted.additional_groups);
  plan_.set_process(wanted, user, host_name_of(record_.spec, record_.container.id));
  bool privileged = request_.privileged || record_.spec.privileged;
  plan_.set_filter(process_filter(record_.spec.seccomp, privileged, wanted.capabilities, root_ + "/cache/seccomp"));
  pipes_ = open_stdio(request_.stdio, user.uid, user.gid);
  plan_stdio(plan_.child(), pipes_);
  plan_terminal(plan_.child());
  timer_.mark("plan");
}

void Exec::launch_inside(FdView group) {
  ChildrenInPidNamespace inside(target_);
  launch_ = launch(plan_, 0, group);
}

Task<void> Exec::start() {
  cgroup_ = Cgroup::open(record_.spec.cgroup_parent, record_.container.id);
  if (!cgroup_) throw Error(Errc::conflict, fmt::format("container {} is not running", record_.container.name));
  if (record_.spec.resources.memory_bytes) oom_kills_before_ = cgroup_->oom().kills;
  plan_.set_cgroups(cgroup_->v1_procs(), {}, false);
  plan_.child().enter_pidfd = target_.get();
  plan_.child().enter_namespaces = entered_namespaces;
  launch_inside(cgroup_->v2_dir());
  for (Fd& end : pipes_.child) end.reset();
  timer_.mark("clone");
  let_go(launch_);
  co_await wait_for_exec(launch_, plan_);
  timer_.mark_child(launch_);
  timer_.mark("exec");
}

// What the kernel killed for the container's memory limit while this ran: perhaps this.
OomReport Exec::oom_since_start() const {
  if (!record_.spec.resources.memory_bytes) return {};
  OomReport report = cgroup_->oom();
  report.killed = report.kills > oom_kills_before_;
  return report;
}

Task<RunResult> Exec::watch() {
  std::function<void()> kill = [this] { sys::pidfd_send_signal(launch_.pidfd, SIGKILL); };
  CaptureTap tap(request_.capture);
  Supervision supervision{launch_, pipes_, unwritten_, request_.stdio, signals_ ? &*signals_ : nullptr, std::move(kill),
                          {},      &tap,   own_streams()};
  supervision.detach_keys = request_.detach_keys;
  supervision.leave = request_.leave;
  io::ExitStatus ended = co_await supervise(std::move(supervision));
  RunResult result;
  result.exit_code = ended.signaled ? 128 + ended.value : ended.value;
  result.signal = ended.signaled ? ended.value : 0;
  result.post_mortem = post_mortem(ended, oom_since_start(), "the command");
  result.timing = timer_.steps();
  co_return result;
}

// What the event log hears of an exec.
class ExecEvents {
 public:
  ExecEvents(const std::string& state, const Container& container, const std::vector<std::string>& args)
      : state_(state), container_(container), id_(random_id()) {
    for (const std::string& word : args) command_ += " " + word;
  }
  void tell_create() const { tell("exec_create:" + command_); }
  void tell_start() const { tell("exec_start:" + command_); }
  void tell_detach() const { tell("exec_detach"); }
  void tell_end(int exit_code) const { tell("exec_die", {{"exitCode", std::to_string(exit_code)}}); }

 private:
  void tell(const std::string& action, std::map<std::string, std::string> more = {}) const {
    more["execID"] = id_;
    record_container_event(state_, container_, action, more);
  }

  std::string state_;
  Container container_;
  std::string id_, command_;
};

Task<RunResult> start_and_watch(Exec& exec, const ExecEvents& events) {
  co_await exec.start();
  events.tell_start();
  exec.tell_started();
  RunResult result = co_await exec.watch();
  co_return result;
}

}  // namespace

Task<RunResult> Containers::exec(std::string id, ExecRequest request) {
  ContainerRecord record = load_running(root_, state_, id);
  ExecEvents events(state_, record.container, request.args);
  events.tell_create();
  if (request.leave) {
    request.leave = [&events, leave = std::move(request.leave)] {
      leave();
      events.tell_detach();
    };
  }
  Exec exec(std::move(record), root_, std::move(request));
  exec.prepare();
  std::exception_ptr failure;
  std::optional<RunResult> result;
  try {
    RunResult ended = co_await start_and_watch(exec, events);
    result = std::move(ended);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await shielded(exec.clean_up());
  if (failure) std::rethrow_exception(failure);
  events.tell_end(result->exit_code);
  co_await exec.finish_output();
  co_return std::move(*result);
}

}  // namespace ccocker::runtime
