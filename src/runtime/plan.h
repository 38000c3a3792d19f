#pragma once
#include <memory>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/child_plan.h"
#include "runtime/devices.h"
#include "runtime/mount_sources.h"
#include "runtime/spec.h"
#include "runtime/user_db.h"

namespace ccocker::runtime {

// A ChildPlan with all that its pointers and descriptors refer to. Filled step by step; `child()` is good once `seal`
// was called, and while the Plan stays where it is.
class Plan {
 public:
  Plan() = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  // The program: arguments, environment, where to look for it, working directory, limits, capabilities.
  void set_process(const Process& process, const ResolvedUser& user, const std::string& hostname);
  // Masked paths, sysctls, hostname, devices, namespaces: what a new root needs beside its mounts.
  void set_root(const Spec& spec, const std::string& hostname);
  // The detached root filesystem, borrowed, and a directory of the host for the child to attach it to.
  void set_rootfs(FdView rootfs, std::string staging);
  void add_mounts(std::vector<OpenedMount> mounts);  // attached by depth, whoever adds them first
  void set_filter(std::vector<sock_filter> filter);
  void set_cgroups(std::vector<Fd> v1_tasks, std::vector<std::string> v1_names, bool v2);
  void seal();  // after all of the rest, the descriptors in child() included

  ChildPlan& child() { return child_; }
  const ChildPlan& child() const { return child_; }
  const std::vector<DeviceRule>& device_rules() const { return devices_.rules; }

  // For sentences about failures: what InitReport::detail counts.
  const std::vector<std::string>& programs() const { return programs_; }
  const std::vector<std::string>& arguments() const { return arguments_; }
  const std::string& search_path() const { return search_path_; }
  const std::string& cwd() const { return cwd_; }
  const std::string& mount_destination(uint32_t index) const { return mounts_.at(index).destination; }
  const std::string& device(uint32_t index) const { return devices_.nodes.at(index).path; }
  const std::string& sysctl(uint32_t index) const { return sysctls_.at(index).first; }
  const Rlimit& limit(uint32_t index) const { return limits_.at(index); }
  const std::string& read_only(uint32_t index) const { return read_only_.at(index); }
  const std::string& masked(uint32_t index) const { return masked_.at(index); }

 private:
  void find_programs();
  void seal_init_program();
  void arrange_mounts();

  ChildPlan child_;
  std::vector<std::string> arguments_, environment_, programs_, masked_, read_only_, v1_names_;
  std::string init_order_, staging_, search_path_, cwd_, hostname_, shm_size_, oom_score_adj_;
  std::vector<std::pair<std::string, std::string>> sysctls_;  // path, value
  std::vector<Rlimit> limits_;
  std::vector<uint32_t> groups_;
  std::vector<OpenedMount> mounts_;
  DevicePlan devices_;
  std::vector<sock_filter> filter_;
  std::vector<Fd> v1_tasks_;

  // The plain arrays the child walks over.
  struct Plain {
    std::vector<const char*> init_arguments, init_environment, masked, read_only, v1_names;
    std::vector<PlannedMount> mounts;
    std::vector<PlannedNode> nodes;
    std::vector<PlannedWrite> sysctls;
    std::vector<PlannedLimit> limits;
    std::vector<int> v1_tasks;
  } plain_;
};

// The environment of a process: `env` with what Docker adds where it is missing (PATH, HOSTNAME, HOME, TERM),
// and without those that a NAME alone takes away.
std::vector<std::string> complete_environment(std::vector<std::string> env, const std::string& hostname,
                                              const std::string& home, bool terminal);

}  // namespace ccocker::runtime
