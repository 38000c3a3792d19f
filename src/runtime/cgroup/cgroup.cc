#include "runtime/cgroup/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "loop/sys.h"
#include "runtime/cgroup/group_dir.h"
#include "runtime/cgroup/layout.h"
#include "runtime/cgroup/limits.h"

namespace ccocker::runtime {
namespace {

// Where only v1 is: the hierarchy that says which processes are ours. freezer first, since it also helps to kill.
constexpr const char* v1_trackers[] = {"freezer", "pids", "devices", "memory", "cpu", "cpuset"};

Error cannot_limit(const std::string& controller) {
  return Error(Errc::unsupported, "this machine has no \"" + controller +
                                      "\" control group controller, so that limit cannot be set; boot with it enabled "
                                      "(cgroup_enable=" +
                                      controller + " on the kernel command line) or leave the limit out");
}

// The controllers must be enabled in every group above the one that uses them (cgroups(7), cgroup.subtree_control).
void enable_controllers(const std::string& mount, const std::string& parent, const std::vector<std::string>& wanted) {
  std::string value;
  for (const std::string& controller : wanted) value += (value.empty() ? "+" : " +") + controller;
  for (size_t end = 0;; end = parent.find('/', end + 1)) {
    std::string above = end == 0 ? mount : mount + "/" + parent.substr(0, end);
    std::string enabled = " " + sys::read_file(sys::cwd(), above + "/cgroup.subtree_control");
    std::replace(enabled.begin(), enabled.end(), '\n', ' ');
    bool missing = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
      return (enabled + " ").find(" " + name + " ") == enabled.npos;
    });
    try {
      if (missing) sys::write_kernel_file(sys::cwd(), above + "/cgroup.subtree_control", value);
    } catch (Error& error) {
      if (error.errno_value() == EBUSY)
        std::move(error).advise(
            "processes live in that group itself, so it cannot pass controllers on; move them to a "
            "group below it, or run without limits");
      throw;
    }
    if (end == std::string::npos) return;
  }
}

// v1's new cpuset groups are empty, and nobody can join an empty one: each level takes over what its parent has.
void fill_cpuset(const std::string& mount, const std::string& path) {
  for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
    size_t slash = end == path.npos ? path.rfind('/') : path.rfind('/', end - 1);
    std::string above = slash == path.npos ? mount : mount + "/" + path.substr(0, slash);
    std::string here = mount + "/" + path.substr(0, end);
    for (const char* file : {"/cpuset.cpus", "/cpuset.mems"})
      if (sys::read_file(sys::cwd(), here + file) == "\n")
        sys::write_kernel_file(sys::cwd(), here + file, sys::read_file(sys::cwd(), above + file));
    if (end == path.npos) return;
  }
}

// Who ends a container takes its group away.
void require_group(FdView group) {
  if (::faccessat(group.get(), "cgroup.procs", F_OK, 0) < 0)
    throw Error(Errc::conflict, "the container is not running: it has just ended, and its control group is gone");
}

void apply(FdView group, const CgroupSetting& setting) {
  try {
    sys::write_kernel_file(group, setting.file, setting.value);
  } catch (Error& error) {
    require_group(group);
    if (setting.optional && (error.errno_value() == ENOENT || error.errno_value() == EOPNOTSUPP)) return;
    if (error.errno_value() == ENOENT)
      throw Error(Errc::unsupported, "this kernel cannot limit by " + setting.file +
                                         (setting.file.find("sw") != std::string::npos
                                              ? "; boot it with swapaccount=1, or leave --memory-swap out"
                                              : "; leave that limit out"));
    throw std::move(error).in("setting a limit");
  }
}

}  // namespace

Cgroup Cgroup::create(const std::string& parent, const std::string& id, const Resources& resources) {
  std::vector<std::string> needed = controllers_needed(resources);
  check_limits(resources, needed.empty() ? HostCapacity{"0", "0"} : host_capacity());
  Cgroup group(parent, id);
  try {
    group.make(needed);
    group.set_limits(resources);
  } catch (...) {
    group.try_remove();
    throw;
  }
  return group;
}

void Cgroup::make(const std::vector<std::string>& controllers) {
  const CgroupLayout& host = CgroupLayout::host();
  if (!host.v2().empty()) v2_ = make_group(host.v2(), parent_, id_);
  std::vector<std::string> on_v2;
  for (const std::string& controller : controllers) {
    if (host.v2_has(controller))
      on_v2.push_back(controller);
    else if (host.v1(controller).empty())
      throw cannot_limit(controller);
    else
      make_v1(controller);
  }
  if (!on_v2.empty()) enable_controllers(host.v2(), parent_, on_v2);
  if (v2_) return;
  for (const char* tracker : v1_trackers)
    if (!host.v1(tracker).empty()) return make_v1(tracker);
  throw Error(Errc::unsupported,
              "no control groups are mounted at /sys/fs/cgroup; mount them (mount -t cgroup2 none /sys/fs/cgroup)");
}

void Cgroup::make_v1(const std::string& controller) {
  if (v1(controller)) return;
  std::string mount = CgroupLayout::host().v1(controller);
  Fd dir = make_group(mount, parent_, id_);
  v1_.push_back({controller, mount, std::move(dir)});
  if (controller == "cpuset") fill_cpuset(mount, parent_ + "/" + id_);
}

void Cgroup::set_limits(const Resources& resources) {
  const CgroupLayout& host = CgroupLayout::host();
  for (const CgroupSetting& setting : settings_v2(resources))
    if (host.v2_has(setting.controller)) apply(v2_, setting);
  for (const CgroupSetting& setting : settings_v1(resources))
    if (!host.v2_has(setting.controller)) apply(v1(setting.controller)->dir, setting);
}

namespace {

// v1 keeps memory below memory-and-swap at each moment: which of the two goes first depends on the direction.
void apply_in_either_order(FdView group, std::vector<CgroupSetting> settings) {
  try {
    for (const CgroupSetting& setting : settings) apply(group, setting);
  } catch (const Error& error) {
    if (error.errno_value() != EINVAL) throw;
    std::reverse(settings.begin(), settings.end());
    for (const CgroupSetting& setting : settings) apply(group, setting);
  }
}

// "No limit" where there may be one already: `set_limits` writes nothing for it.
std::vector<CgroupSetting> liftings(const Resources& it, bool v2) {
  std::vector<CgroupSetting> all;
  if (it.pids_max && *it.pids_max <= 0) all.push_back({"pids", "pids.max", "max", true});
  if (it.cpu_quota_us && *it.cpu_quota_us <= 0)
    all.push_back(v2 ? CgroupSetting{"cpu", "cpu.max", "max", true}
                     : CgroupSetting{"cpu", "cpu.cfs_quota_us", "-1", true});
  return all;
}

void move_if_alive(FdView group, pid_t pid) {
  try {
    sys::write_kernel_file(group, "cgroup.procs", std::to_string(pid));
  } catch (const Error& error) {
    if (error.errno_value() != ESRCH) throw;  // it has ended since it was listed
  }
}

}  // namespace

void Cgroup::change_limits(const Resources& resources) {
  require_group(tracker());
  const CgroupLayout& host = CgroupLayout::host();
  std::vector<std::string> needed = controllers_needed(resources);
  check_limits(resources, needed.empty() ? HostCapacity{"0", "0"} : host_capacity());
  std::vector<std::string> on_v2;
  for (const std::string& controller : needed) {
    if (host.v2_has(controller)) {
      on_v2.push_back(controller);
    } else if (host.v1(controller).empty()) {
      throw cannot_limit(controller);
    } else if (!v1(controller)) {
      make_v1(controller);
      move_processes(v1(controller)->dir);
    }
  }
  if (!on_v2.empty()) enable_controllers(host.v2(), parent_, on_v2);
  for (const CgroupSetting& setting : settings_v2(resources))
    if (host.v2_has(setting.controller)) apply(v2_, setting);
  for (const std::string& controller : needed) {
    std::vector<CgroupSetting> settings = settings_v1(resources);
    std::erase_if(settings, [&](const CgroupSetting& setting) { return setting.controller != controller; });
    if (!host.v2_has(controller)) apply_in_either_order(v1(controller)->dir, std::move(settings));
  }
  for (const CgroupSetting& setting : liftings(resources, true))
    if (host.v2_has(setting.controller)) apply(v2_, setting);
  for (const CgroupSetting& setting : liftings(resources, false))
    if (const V1Group* group = v1(setting.controller)) apply(group->dir, setting);
}

// Until a look finds none that is not there yet: one that is moved may have forked just before, and its child stays where
// it was born.
void Cgroup::move_processes(FdView group) const {
  constexpr unsigned rounds_max = 50;
  for (unsigned round = 0; round < rounds_max; ++round) {
    std::vector<pid_t> there = group_processes(group), missing;
    for (pid_t pid : processes())
      if (std::ranges::find(there, pid) == there.end()) missing.push_back(pid);
    if (missing.empty()) return;
    for (pid_t pid : missing) move_if_alive(group, pid);
  }
}

std::optional<Cgroup> Cgroup::open(const std::string& parent, const std::string& id) {
  const CgroupLayout& host = CgroupLayout::host();
  Cgroup group(parent, id);
  std::optional<Fd> v2 = host.v2().empty() ? std::nullopt : open_group(host.v2(), parent, id);
  if (v2) group.v2_ = std::move(*v2);
  for (const std::string& controller : host.v1_controllers()) {
    std::optional<Fd> dir = open_group(host.v1(controller), parent, id);
    if (dir) group.v1_.push_back({controller, host.v1(controller), std::move(*dir)});
  }
  if (!group.v2_ && group.v1_.empty()) return std::nullopt;
  return group;
}

void Cgroup::remove_parents(const std::string& parent) {
  const CgroupLayout& host = CgroupLayout::host();
  for (const std::string& controller : host.v1_controllers()) remove_empty_parents(host.v1(controller), parent);
  if (!host.v2().empty()) remove_empty_parents(host.v2(), parent);
}

const Cgroup::V1Group* Cgroup::v1(const std::string& controller) const {
  for (const V1Group& group : v1_)
    if (group.controller == controller) return &group;
  return nullptr;
}

FdView Cgroup::tracker() const {
  if (v2_) return v2_;
  for (const char* name : v1_trackers)
    if (const V1Group* group = v1(name)) return group->dir;
  return FdView();
}

FdView Cgroup::v1_dir(const std::string& controller) {
  if (CgroupLayout::host().v1(controller).empty()) return FdView();
  make_v1(controller);
  return v1(controller)->dir;
}

std::vector<Fd> Cgroup::v1_procs() const {
  std::vector<Fd> files;
  for (const V1Group& group : v1_) files.push_back(sys::openat(group.dir, "tasks", O_WRONLY));
  return files;
}

void Cgroup::freeze(bool frozen) {
  if (v2_) return sys::write_kernel_file(v2_, "cgroup.freeze", frozen ? "1" : "0");
  if (const V1Group* freezer = v1("freezer"))
    sys::write_kernel_file(freezer->dir, "freezer.state", frozen ? "FROZEN" : "THAWED");
  else
    throw Error(Errc::unsupported, "this machine's control groups have no freezer, so a container cannot be paused");
}

bool Cgroup::is_frozen(const std::string& parent, const std::string& id) {
  const CgroupLayout& host = CgroupLayout::host();
  bool v2 = !host.v2().empty();
  std::string mount = v2 ? host.v2() : host.v1("freezer");
  if (mount.empty()) return false;
  std::string path = mount + "/" + parent + "/" + id + (v2 ? "/cgroup.freeze" : "/freezer.state");
  std::string text = read_group_file(sys::cwd(), path).value_or("");
  return text.starts_with('1') || text.starts_with("FR");  // FROZEN, FREEZING
}

void Cgroup::kill() {
  try {
    // Since Linux 5.14; reaches forks in flight and whole subtrees, frozen or not.
    if (v2_ && ::faccessat(v2_.get(), "cgroup.kill", W_OK, 0) == 0)
      return sys::write_kernel_file(v2_, "cgroup.kill", "1");
    kill_each();
  } catch (const Error& error) {
    // Its supervisor removed the group meanwhile, so nothing is left inside.
    if (error.errno_value() != ENOENT && error.errno_value() != ENODEV) throw;
  }
}

// Frozen processes cannot fork away from the list of them; without a freezer the list is gone through until it is
// empty or what is left only has to die.
void Cgroup::kill_each() {
  constexpr unsigned rounds_max = 50;
  bool can_freeze = v2_ || v1("freezer");
  if (can_freeze) freeze(true);
  std::vector<pid_t> before;
  for (unsigned round = 0; round < rounds_max; ++round) {
    std::vector<pid_t> pids = processes();
    if (pids.empty() || (round > 0 && pids == before)) break;
    for (pid_t pid : pids) ::kill(pid, SIGKILL);
    before = std::move(pids);
  }
  if (can_freeze) freeze(false);
}

bool Cgroup::populated() const {
  if (!v2_) return tracker() && !group_processes(tracker()).empty();
  return keyed_number(v2_, "cgroup.events", "populated").value_or(0) != 0;
}

std::vector<pid_t> Cgroup::processes() const { return tracker() ? group_processes(tracker()) : std::vector<pid_t>{}; }

// v1's, also where `update` of another process made it; nullopt where memory is v2's or has no limit.
std::optional<Fd> Cgroup::open_v1_memory() const {
  const std::string& mount = CgroupLayout::host().v1("memory");
  return mount.empty() ? std::nullopt : open_group(mount, parent_, id_);
}

OomReport Cgroup::oom() const {
  OomReport report;
  if (std::optional<Fd> memory = open_v1_memory()) {
    report.kills = keyed_number(*memory, "memory.oom_control", "oom_kill").value_or(0);
    report.limit_bytes = single_number(*memory, "memory.limit_in_bytes");
    report.peak_bytes = single_number(*memory, "memory.max_usage_in_bytes");
  } else if (v2_) {
    report.kills = keyed_number(v2_, "memory.events", "oom_kill").value_or(0);
    report.limit_bytes = single_number(v2_, "memory.max");
    report.peak_bytes = single_number(v2_, "memory.peak");  // since Linux 5.19
  }
  report.killed = report.kills > 0;
  return report;
}

bool Cgroup::try_remove() {
  const CgroupLayout& host = CgroupLayout::host();
  bool all_gone = true;
  // Every hierarchy: `update` of another process may have made a group that we do not know.
  for (const std::string& controller : host.v1_controllers())
    all_gone &= remove_group(host.v1(controller), parent_, id_);
  if (!host.v2().empty()) all_gone &= remove_group(host.v2(), parent_, id_);
  return all_gone;
}

}  // namespace ccocker::runtime
