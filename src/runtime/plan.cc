#include "runtime/plan.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "loop/error.h"
#include "runtime/capabilities.h"
#include "runtime/descriptor_limit.h"
#include "runtime/init_order.h"
#include "runtime/sysctls.h"

namespace ccocker::runtime {
namespace {

constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Whether the list says what the variable is, or that there is none.
bool has_variable(const std::vector<std::string>& env, std::string_view name) {
  return std::ranges::any_of(env, [&](const std::string& entry) {
    return entry.starts_with(name) && (entry.size() == name.size() || entry[name.size()] == '=');
  });
}

template <typename T>
PlainList<T> list(const std::vector<T>& items) {
  return {items.data(), items.size()};
}

std::vector<const char*> pointers(const std::vector<std::string>& strings) {
  std::vector<const char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(text.c_str());
  return result;
}

void refuse_nul(const std::vector<std::string>& strings, std::string_view what) {
  for (const std::string& text : strings)
    if (text.find('\0') != std::string::npos) throw Error(Errc::invalid, fmt::format("{} holds a NUL byte", what));
}

}  // namespace

std::vector<std::string> complete_environment(std::vector<std::string> env, const std::string& hostname,
                                              const std::string& home, bool terminal) {
  if (!has_variable(env, "PATH")) env.push_back(fmt::format("PATH={}", default_path));
  if (!has_variable(env, "HOSTNAME")) env.push_back("HOSTNAME=" + hostname);
  if (terminal && !has_variable(env, "TERM")) env.push_back("TERM=xterm");
  if (!has_variable(env, "HOME")) env.push_back("HOME=" + home);
  std::erase_if(env, [](const std::string& entry) { return entry.find('=') == entry.npos; });
  return env;
}

void Plan::set_process(const Process& process, const ResolvedUser& user, const std::string& hostname) {
  if (process.args.empty() || process.args[0].empty())
    throw Error(Errc::invalid, "no command: the image names none, so one has to be given");
  arguments_ = process.args;
  environment_ = complete_environment(process.env, hostname, user.home, process.terminal);
  refuse_nul(arguments_, "the command");
  refuse_nul(environment_, "the environment");
  cwd_ = clean_path(process.cwd.empty() ? "/" : process.cwd);
  limits_ = process.rlimits;
  auto of_descriptors = [](const Rlimit& limit) { return limit.resource == RLIMIT_NOFILE; };
  std::optional<Rlimit> callers = descriptor_limit_before();
  if (callers && std::ranges::none_of(limits_, of_descriptors)) limits_.push_back(*callers);
  groups_ = user.groups;
  // The primary group is a supplementary one too, so that setgid programs cannot shed it (CVE-2022-36109).
  if (std::ranges::find(groups_, user.gid) == groups_.end()) groups_.push_back(user.gid);
  if (process.oom_score_adj) oom_score_adj_ = std::to_string(*process.oom_score_adj);
  child_.terminal = process.terminal;
  child_.umask = process.umask;
  child_.uid = user.uid;
  child_.gid = user.gid;
  child_.capabilities = process.capabilities;
  child_.last_capability = std::bit_width(all_capabilities()) - 1;
  child_.no_new_privileges = process.no_new_privileges;
  find_programs();
}

// What execvp(3) would try, in its order; names with a slash are not searched for.
void Plan::find_programs() {
  const std::string& name = arguments_[0];
  if (name.find('/') != std::string::npos) {
    programs_ = {name};
    return;
  }
  for (const std::string& entry : environment_)
    if (entry.starts_with("PATH=")) search_path_ = entry.substr(5);
  std::string_view rest = search_path_;
  while (!rest.empty()) {
    size_t colon = std::min(rest.find(':'), rest.size());
    // Empty and relative elements would mean the working directory: as in Docker, that is not searched.
    if (colon > 0 && rest[0] == '/') programs_.push_back(fmt::format("{}/{}", rest.substr(0, colon), name));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
}

void Plan::set_root(const Spec& spec, const std::string& hostname) {
  if (!spec.shared.host_uts) hostname_ = hostname;
  shm_size_ = std::to_string(spec.shm_size_bytes);
  if (spec.network == NetworkMode::none || spec.network == NetworkMode::bridge) sysctls_ = own_network_sysctls();
  for (const auto& [name, value] : spec.sysctl) sysctls_.emplace_back(sysctl_path(name, spec), value);
  devices_ = plan_devices(spec.devices);
  if (spec.privileged) {
    // What was asked for comes first: a node that is there stays.
    for (DeviceNode& node : host_devices()) devices_.nodes.push_back(std::move(node));
  } else {
    masked_ = spec.masked_paths;
    read_only_ = spec.readonly_paths;
  }
  // With a network the parent switches the loopback interface on, in the batch that configures the rest: the child
  // would only wait for the kernel's one lock on links.
  child_.own_loopback = spec.network == NetworkMode::none;
  child_.new_cgroup_namespace = true;
  child_.privileged = spec.privileged;
  child_.root_read_only = spec.root_read_only;
  child_.init = spec.init;
  child_.first_in_pid_namespace = spec.shared.pid == NamespaceMode::own;
}

void Plan::set_rootfs(FdView rootfs, std::string staging) {
  child_.root = rootfs.get();
  staging_ = std::move(staging);
}

void Plan::add_mounts(std::vector<OpenedMount> mounts) {
  for (OpenedMount& mount : mounts) mounts_.push_back(std::move(mount));
}

void Plan::set_filter(std::vector<sock_filter> filter) { filter_ = std::move(filter); }

void Plan::set_cgroups(std::vector<Fd> v1_tasks, std::vector<std::string> v1_names, bool v2) {
  v1_tasks_ = std::move(v1_tasks);
  v1_names_ = std::move(v1_names);
  child_.cgroup_v2_mount = v2;
}

// What runtime/init_order.h describes.
void Plan::seal_init_program() {
  unsigned flags = 0;
  if (child_.init) flags |= init::stay_pid_one;
  if (!child_.first_in_pid_namespace) flags |= init::is_subreaper;
  if (child_.terminal) flags |= init::has_terminal;
  init_order_ = fmt::format("{} {} {}", child_.socket, programs_.size(), flags);
  plain_.init_arguments = {"ccocker-init", "--"};
  std::ranges::copy(pointers(arguments_), std::back_inserter(plain_.init_arguments));
  plain_.init_arguments.push_back(nullptr);
  plain_.init_environment = pointers(environment_);
  plain_.init_environment.push_back("");
  std::ranges::copy(pointers(programs_), std::back_inserter(plain_.init_environment));
  plain_.init_environment.insert(plain_.init_environment.end(), {init_order_.c_str(), nullptr});
  child_.init_arguments = plain_.init_arguments.data();
  child_.init_environment = plain_.init_environment.data();
}

// A mount over /dev takes the place of ours with all that is in it, as in Docker: its files are not ours to add to.
void Plan::arrange_mounts() {
  put_parents_first(mounts_);
  child_.dev_covered = std::ranges::any_of(mounts_, [](const OpenedMount& it) { return it.destination == "/dev"; });
  if (child_.dev_covered)
    std::erase_if(devices_.nodes, [](const DeviceNode& node) { return node.path.starts_with("/dev/"); });
}

void Plan::seal() {
  arrange_mounts();
  seal_init_program();
  plain_.masked = pointers(masked_);
  plain_.read_only = pointers(read_only_);
  plain_.v1_names = pointers(v1_names_);
  for (const OpenedMount& mount : mounts_)
    plain_.mounts.push_back(
        {mount.tree.get(), mount.destination.c_str(), mount.directory, mount.takes_mode, mount.read_only});
  for (const DeviceNode& node : devices_.nodes)
    plain_.nodes.push_back({node.path.c_str(), node.mode, node.device, node.uid, node.gid});
  for (const auto& [path, value] : sysctls_) plain_.sysctls.push_back({path.c_str(), value.c_str()});
  for (const Rlimit& limit : limits_) plain_.limits.push_back({limit.resource, limit.soft, limit.hard});
  for (const Fd& tasks : v1_tasks_) plain_.v1_tasks.push_back(tasks.get());

  child_.masked = list(plain_.masked);
  child_.read_only = list(plain_.read_only);
  child_.cgroup_v1_mounts = list(plain_.v1_names);
  child_.mounts = list(plain_.mounts);
  child_.nodes = list(plain_.nodes);
  child_.sysctls = list(plain_.sysctls);
  child_.limits = list(plain_.limits);
  child_.v1_tasks = list(plain_.v1_tasks);
  child_.groups = list(groups_);
  child_.staging = staging_.c_str();
  child_.cwd = cwd_.c_str();
  child_.hostname = hostname_.empty() ? nullptr : hostname_.c_str();
  child_.shm_size = shm_size_.c_str();
  child_.oom_score_adj = oom_score_adj_.empty() ? nullptr : oom_score_adj_.c_str();
  child_.seccomp = {static_cast<unsigned short>(filter_.size()), filter_.data()};
}

}  // namespace ccocker::runtime
