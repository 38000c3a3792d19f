#include "runtime/run_once.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>

#include <optional>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/best_effort.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/layout.h"
#include "runtime/container_events.h"
#include "runtime/etc_files.h"
#include "runtime/launch.h"
#include "runtime/launch_names.h"
#include "runtime/net/attachment.h"
#include "runtime/net/netns.h"
#include "runtime/object_events.h"
#include "runtime/pid_namespace.h"
#include "runtime/plan.h"
#include "runtime/post_mortem.h"
#include "runtime/record.h"
#include "runtime/rootfs.h"
#include "runtime/seccomp.h"
#include "runtime/supervise.h"
#include "runtime/supervisor.h"
#include "runtime/terminal.h"
#include "runtime/timing.h"
#include "runtime/volumes.h"

namespace ccocker::runtime {
namespace {

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

// Instead of one of the container's own; a mount of the user's may be over it.
Mount host_shared_memory() {
  Mount mount;
  mount.source = mount.destination = "/dev/shm";
  return mount;
}

// One start of a container, from its record to its end. Steps are called in this order; what outlives it is Supervisor.
class Run {
 public:
  Run(ContainerClaim& claim, std::string root, std::string state, Supervisor& supervisor)
      : claim_(claim),
        root_(std::move(root)),
        state_(std::move(state)),
        supervisor_(supervisor),
        stdio_(supervisor.options().stdio),
        spec_(claim.record().spec),
        network_(root_, state_, claim.id(), claim.record().container.name) {}

  Task<void> prepare();
  Task<void> start();
  void tell_started();
  Task<RunResult> watch();
  // Ends what is left of the container; after failures too.
  Task<void> clean_up();

 private:
  const std::string& id() const { return claim_.id(); }
  void prepare_root();
  void prepare_process();
  void prepare_filter();
  void restrict_devices();
  void clone(FdView group);
  Task<void> attach_network();
  void tell(const std::string& action, const std::map<std::string, std::string>& more = {});
  void tell_oom();
  void heed_signal(int signal);
  Task<void> watch_oom();

  ContainerClaim& claim_;
  std::string root_, state_;
  bool oom_told_ = false, volumes_told_ = false;
  Supervisor& supervisor_;
  Stdio stdio_;
  Spec spec_;
  NetworkAttachment network_;
  StartTimer timer_;
  std::optional<Plan> plan_;  // gone once the program runs: it holds descriptors of the root
  Fd rootfs_;
  StdioPipes pipes_;
  std::optional<Cgroup> cgroup_;
  Launch launch_;
};

Task<void> Run::prepare() {
  claim_.mark_starting();
  if (!supervisor_.options().detached) require_terminal(stdio_);
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
  plan_->set_filter(
      process_filter(spec_.seccomp, spec_.privileged, spec_.process.capabilities, root_ + "/cache/seccomp"));
}

void Run::prepare_root() {
  std::string dir = container_dir(root_, id());
  const Container& it = claim_.record().container;
  bool leaves_nothing = it.auto_remove && !it.policies.remove_on_success_only;
  // overlayfs marks the work directory of a volatile mount, and refuses it a second time lest the disk has lost some of
  // it; between two starts of one boot it has not.
  if (leaves_nothing) sys::remove_tree(claim_.dir(), "work/work/incompat");
  rootfs_ = mount_overlay({spec_.lower_dirs, dir, leaves_nothing});
  plan_->set_rootfs(rootfs_, dir);
  plan_->add_mounts(open_etc_files(spec_, claim_.dir(), host_name_of(spec_, id()), network_.etc()));
  if (spec_.shared.host_ipc) plan_->add_mounts(open_mounts({host_shared_memory()}));
  fill_volumes(spec_, claim_.dir(), it.started_unix_ns != 0, rootfs_);
  plan_->add_mounts(open_mounts(spec_.mounts));
  volumes_told_ = true;
  record_volume_mounts(state_, "mount", spec_, id());
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
  uint64_t namespaces = CLONE_NEWNS;
  if (spec_.shared.pid == NamespaceMode::own) namespaces |= CLONE_NEWPID;
  if (!spec_.shared.host_ipc) namespaces |= CLONE_NEWIPC;
  if (!spec_.shared.host_uts) namespaces |= CLONE_NEWUTS;
  bool own_network = spec_.network == NetworkMode::none || spec_.network == NetworkMode::bridge;
  if (own_network) namespaces |= CLONE_NEWNET;
  std::optional<InsideNetns> there;
  if (network_.shared()) there.emplace(*network_.shared());
  std::optional<ChildrenInPidNamespace> beside;
  if (spec_.shared.pid == NamespaceMode::container)
    beside.emplace(open_pid_owner(root_, state_, spec_.shared.pid_container));
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
  co_await attach_network();
  timer_.mark("links");
  if (group) restrict_devices();
  let_go(launch_);
  co_await wait_for_exec(launch_, *plan_);
  timer_.mark_child(launch_);
  timer_.mark("exec");
  plan_.reset();
  rootfs_.reset();
}

Task<void> Run::attach_network() {
  std::exception_ptr failure;
  try {
    network_.attach(launch_.pid);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  co_await give_up(launch_, *plan_);
  std::rethrow_exception(failure);
}

void Run::tell(const std::string& action, const std::map<std::string, std::string>& more) {
  record_container_event(state_, claim_.record().container, action, more);
}

void Run::tell_oom() {
  tell("oom");
  oom_told_ = true;
}

void Run::heed_signal(int signal) {
  supervisor_.heed_signal(signal);
  tell("kill", {{"signal", std::to_string(signal)}});
}

// What cannot be watched is told at the end.
Task<void> Run::watch_oom() {
  try {
    co_await cgroup_->watch_oom([this] { tell_oom(); });
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
  }
}

void Run::tell_started() {
  supervisor_.serve();
  claim_.mark_running(launch_.pid);
  auto move_way_out = [this](std::optional<WayOut> way_out) { return network_.move_way_out(std::move(way_out)); };
  supervisor_.started(launch_, pipes_, *cgroup_, move_way_out);
  claim_.let_changes();
}

Task<RunResult> Run::watch() {
  bool detached = supervisor_.options().detached;
  std::vector<Task<void>> beside = supervisor_.beside(launch_, *cgroup_);
  for (Task<void>& task : network_.beside())
    beside.push_back(
        best_effort(std::move(task), "a published port or the names of its network are not served any more"));
  if (spec_.resources.memory_bytes) beside.push_back(watch_oom());
  Supervision supervision{launch_,
                          pipes_,
                          supervisor_.unwritten(),
                          stdio_,
                          detached ? nullptr : &supervisor_.signals(),
                          [this] { cgroup_->kill(); },
                          std::move(beside),
                          &supervisor_,
                          !detached,
                          [this](int signal) { heed_signal(signal); }};
  io::ExitStatus ended = co_await supervise(std::move(supervision));
  RunResult result;
  OomReport oom = cgroup_->oom();
  if (oom.killed && !oom_told_) tell_oom();
  result.exit_code = ended.signaled ? 128 + ended.value : ended.value;
  result.signal = ended.signaled ? ended.value : 0;
  result.oom_killed = oom.killed;
  result.post_mortem = post_mortem(ended, oom);
  result.timing = timer_.steps();
  claim_.tell_end(result.exit_code, kept_error(result, supervisor_));
  co_return result;
}

Task<void> Run::clean_up() {
  launch_.socket.reset();  // a child that still waits for our word leaves
  plan_.reset();
  rootfs_.reset();
  co_await end_child(launch_);
  if (cgroup_) cgroup_->kill();
  co_await claim_.hold_changes();
  network_.release();
  if (volumes_told_) record_volume_mounts(state_, "unmount", spec_, id());
  if (cgroup_) co_await cgroup_->remove();
}

Task<RunResult> start_and_watch(Run& run) {
  co_await run.prepare();
  co_await run.start();
  run.tell_started();
  RunResult result = co_await run.watch();
  co_return result;
}

}  // namespace

std::string kept_error(const RunResult& result, const Supervisor& supervisor) {
  return supervisor.stop_wanted() && !result.oom_killed ? std::string() : result.post_mortem;
}

Task<RunResult> run_once(ContainerClaim& claim, const std::string& root, const std::string& state,
                         Supervisor& supervisor) {
  Run run(claim, root, state, supervisor);
  std::exception_ptr failure;
  std::optional<RunResult> result;
  try {
    RunResult ended = co_await start_and_watch(run);
    result = std::move(ended);
  } catch (...) {
    failure = std::current_exception();
  }
  supervisor.ended();
  co_await shielded(best_effort(run.clean_up(), "cleaning up after the container"));
  if (failure) std::rethrow_exception(failure);
  co_return std::move(*result);
}

}  // namespace ccocker::runtime
