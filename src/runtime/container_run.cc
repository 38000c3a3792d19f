#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>

#include <optional>

#include "loop/error.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/layout.h"
#include "runtime/container.h"
#include "runtime/etc_files.h"
#include "runtime/launch.h"
#include "runtime/launch_names.h"
#include "runtime/net/attachment.h"
#include "runtime/net/netns.h"
#include "runtime/plan.h"
#include "runtime/post_mortem.h"
#include "runtime/record.h"
#include "runtime/rootfs.h"
#include "runtime/seccomp.h"
#include "runtime/supervise.h"
#include "runtime/terminal.h"
#include "runtime/timing.h"

namespace ccocker::runtime {
namespace {

constexpr int setup_failed = 125, cannot_execute = 126, command_not_found = 127;  // Docker's exit codes

int exit_code_for(const Error& error) {
  if (error.code() == Errc::cannot_execute) return cannot_execute;
  return error.code() == Errc::command_not_found ? command_not_found : setup_failed;
}

// The v1 controllers whose groups these `tasks` files belong to, for showing them inside.
std::vector<std::string> controllers_of(const std::vector<Fd>& v1_tasks) {
  std::vector<std::string> names;
  if (v1_tasks.empty()) return names;
  const CgroupLayout& layout = CgroupLayout::host();
  for (const Fd& tasks : v1_tasks) {
    std::string path = sys::readlinkat(sys::cwd(), fmt::format("/proc/self/fd/{}", tasks.get()));
    for (const std::string& controller : layout.v1_controllers())
      if (path.starts_with(layout.v1(controller) + "/")) names.push_back(controller);
  }
  return names;
}

// One start of a container, from its record to its end. Steps are called in this order.
class Run {
 public:
  Run(ContainerClaim& claim, std::string root, std::string state, Stdio stdio)
      : claim_(claim),
        root_(std::move(root)),
        stdio_(stdio),
        spec_(claim.record().spec),
        network_(root_, std::move(state), claim.id(), claim.record().container.name) {}

  Task<void> prepare();
  Task<void> start();
  Task<RunResult> watch();
  // Ends what is left of the container; after failures too.
  Task<void> clean_up();
  pid_t pid() const { return launch_.pid; }

 private:
  const std::string& id() const { return claim_.id(); }
  void prepare_root();
  void prepare_process();
  void prepare_filter();
  void restrict_devices();
  void clone(FdView group);

  ContainerClaim& claim_;
  std::string root_;
  Stdio stdio_;
  Spec spec_;
  NetworkAttachment network_;
  StartTimer timer_;
  ForwardedSignals signals_;
  std::optional<Plan> plan_;  // gone once the program runs: it holds descriptors of the root
  Fd rootfs_;
  StdioPipes pipes_;
  std::optional<Cgroup> cgroup_;
  Launch launch_;
};

Task<void> Run::prepare() {
  require_terminal(stdio_);
  plan_.emplace();
  spec_.process.terminal = stdio_.terminal;
  plan_->set_root(spec_, host_name_of(spec_, id()));
  prepare_filter();
  timer_.mark("plan");
  co_await network_.prepare(spec_, claim_.state_dir(), host_name_of(spec_, id()));
  timer_.mark("network");
  prepare_root();
  prepare_process();
  timer_.mark("rootfs");
}

void Run::prepare_filter() {
  if (spec_.privileged && spec_.seccomp.kind == Seccomp::Kind::builtin) return;
  plan_->set_filter(seccomp_filter(spec_.seccomp, spec_.process.capabilities, root_ + "/cache/seccomp"));
}

void Run::prepare_root() {
  std::string dir = container_dir(root_, id());
  rootfs_ = mount_overlay({spec_.lower_dirs, dir, claim_.record().container.auto_remove});
  plan_->set_rootfs(rootfs_, dir);
  plan_->add_mounts(open_etc_files(spec_, claim_.dir(), host_name_of(spec_, id()), network_.etc()));
  plan_->add_mounts(open_mounts(spec_.mounts));
}

void Run::prepare_process() {
  ResolvedUser user = resolve_user(rootfs_, spec_.process.user, spec_.process.additional_groups);
  plan_->set_process(spec_.process, user, host_name_of(spec_, id()));
  pipes_ = open_stdio(stdio_, user.uid, user.gid);
  plan_stdio(plan_->child(), pipes_);
  plan_terminal(plan_->child());
}

void Run::restrict_devices() {
  if (spec_.privileged) return;
  if (FdView group = cgroup_->v2_dir()) return attach_device_filter(group, plan_->device_rules());
  if (FdView devices = cgroup_->v1_dir("devices")) return write_v1_device_rules(devices, plan_->device_rules());
  throw Error(Errc::unsupported,
              "cannot keep the container from the host's devices: there is neither a cgroup v2 hierarchy nor the v1 "
              "devices controller; mount one of them");
}

void Run::clone(FdView group) {
  uint64_t namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  bool own_network = spec_.network == NetworkMode::none || spec_.network == NetworkMode::bridge;
  if (own_network) namespaces |= CLONE_NEWNET;
  std::optional<InsideNetns> there;
  if (network_.shared()) there.emplace(*network_.shared());
  launch_ = launch(*plan_, namespaces, group);
}

Task<void> Run::start() {
  cgroup_ = Cgroup::create(spec_.cgroup_parent, id(), spec_.resources);
  FdView group = cgroup_->v2_dir();
  if (!group) restrict_devices();  // the v1 group has to be there for the child to join
  std::vector<Fd> v1_tasks = cgroup_->v1_procs();
  std::vector<std::string> controllers = controllers_of(v1_tasks);
  plan_->set_cgroups(std::move(v1_tasks), std::move(controllers), static_cast<bool>(group));
  timer_.mark("cgroup");
  clone(group);
  for (Fd& end : pipes_.child) end.reset();
  timer_.mark("clone");
  // Both while the child mounts.
  network_.attach(launch_.pid, launch_.pidfd);
  timer_.mark("links");
  if (group) restrict_devices();
  let_go(launch_);
  co_await wait_for_exec(launch_, *plan_);
  timer_.mark_child(launch_);
  timer_.mark("exec");
  plan_.reset();
  rootfs_.reset();
}

Task<RunResult> Run::watch() {
  std::vector<Task<void>> beside = network_.beside();
  if (!claim_.record().container.auto_remove) beside.push_back(claim_.make_durable());
  Supervision supervision{launch_, pipes_, stdio_, signals_, [this] { cgroup_->kill(); }, std::move(beside)};
  io::ExitStatus ended = co_await supervise(std::move(supervision));
  RunResult result;
  OomReport oom = cgroup_->oom();
  result.exit_code = ended.signaled ? 128 + ended.value : ended.value;
  result.signal = ended.signaled ? ended.value : 0;
  result.oom_killed = oom.killed;
  result.post_mortem = post_mortem(ended, oom);
  result.timing = timer_.steps();
  co_return result;
}

Task<void> Run::clean_up() {
  launch_.socket.reset();  // a child that still waits for our word leaves
  plan_.reset();
  rootfs_.reset();
  co_await end_child(launch_);
  if (cgroup_) cgroup_->kill();
  network_.release();
  if (cgroup_) co_await cgroup_->remove();
}

Task<RunResult> start_and_watch(Run& run, ContainerClaim& claim, const std::function<void(pid_t)>& started) {
  co_await run.prepare();
  co_await run.start();
  claim.mark_running(run.pid());
  if (started) started(run.pid());
  RunResult result = co_await run.watch();
  co_return result;
}

[[noreturn]] void fail_start(ContainerClaim& claim, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (Error& error) {
    claim.fail(error.text(), exit_code_for(error));
    throw;
  } catch (std::exception& error) {
    claim.fail(error.what(), setup_failed);
    throw;
  }
}

}  // namespace

Task<RunResult> Containers::run(std::string id, Stdio stdio, std::function<void(pid_t)> started) {
  ContainerClaim held = claim(id);
  std::exception_ptr failure;
  std::optional<RunResult> result;
  Run run(held, root_, state_, stdio);
  try {
    RunResult ended = co_await start_and_watch(run, held, started);
    result = std::move(ended);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await shielded(run.clean_up());
  if (failure) fail_start(held, failure);
  held.finish(result->exit_code, result->oom_killed);
  co_return std::move(*result);
}

}  // namespace ccocker::runtime
