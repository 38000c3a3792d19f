#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

struct OomReport {
  bool killed = false;  // the kernel killed something in here for the sake of the memory limit
  uint64_t kills = 0;   // how many
  std::optional<uint64_t> limit_bytes, peak_bytes;
};

// The control groups of one container, PARENT/ID in the v2 hierarchy and in those v1 hierarchies its limits need. The
// v2 one tracks, kills and reports wherever there is one; where only v1 is, one v1 group does. Destroying the object
// removes nothing: `remove` does.
class Cgroup {
 public:
  // Makes the groups with their limits. Errc::invalid for a limit that cannot hold (below the kernel's or Docker's
  // least, more CPUs than the host has), Errc::unsupported for a controller the host does not give. On failure nothing
  // is left.
  static Cgroup create(const std::string& parent, const std::string& id, const Resources& resources);
  // Those that are there; nullopt when none is.
  static std::optional<Cgroup> open(const std::string& parent, const std::string& id);
  // Whether PARENT/ID is there and told to be frozen.
  static bool is_frozen(const std::string& parent, const std::string& id);
  // Kills what is inside, waits (bounded) and removes the groups, and an empty PARENT: for what a dead supervisor left.
  static Task<void> clean(std::string parent, std::string id);

  Cgroup(Cgroup&&) noexcept = default;
  Cgroup& operator=(Cgroup&&) noexcept = default;

  // For clone3's CLONE_INTO_CGROUP, cgroup.kill and device filters; invalid on hosts with v1 only.
  FdView v2_dir() const { return v2_; }
  // The v1 groups' `tasks` files, open for writing. The child writes "0" to each, itself, before it execs: a thread
  // that moves only itself spares the kernel the global lock (and an RCU grace period of milliseconds) that moving
  // another process through cgroup.procs takes.
  std::vector<Fd> v1_procs() const;
  // The v1 group of a controller ("devices"), made when it is missing; invalid when that hierarchy is not v1.
  FdView v1_dir(const std::string& controller);

  void kill();               // SIGKILL to all inside, forks in flight included; does not wait
  void freeze(bool frozen);  // pause and unpause
  Task<void> wait_frozen(std::chrono::milliseconds limit);  // until the last process stands still; Errc::timed_out
  // Changes limits of a group that is there, controllers it has not used so far included. Errc as `create`.
  void change_limits(const Resources& resources);
  bool populated() const;
  std::vector<pid_t> processes() const;  // as our PID namespace numbers them
  OomReport oom() const;

  // Calls `on_oom` each time the kernel has killed something inside for memory; runs until cancelled. Gives back at
  // once when there is no memory limit to watch.
  Task<void> watch_oom(std::function<void()> on_oom);
  // Waits until no process is left inside. Errc::timed_out past `limit`.
  Task<void> wait_empty(std::chrono::milliseconds limit);
  // Waits for the last process to be gone (bounded) and removes the groups, and their parent when they were its last.
  Task<void> remove();

  static constexpr std::chrono::milliseconds empty_wait_ms_max{10'000};

 private:
  struct V1Group {
    std::string controller, hierarchy;  // "memory", "/sys/fs/cgroup/memory"
    Fd dir;
  };

  Cgroup(std::string parent, std::string id) : parent_(std::move(parent)), id_(std::move(id)) {}
  void make(const std::vector<std::string>& controllers);
  void make_v1(const std::string& controller);
  void set_limits(const Resources& resources);
  static void remove_parents(const std::string& parent);  // as far as they are empty
  void move_processes(FdView group) const;  // all that are ours
  std::optional<Fd> open_v1_memory() const;
  void kill_each();
  bool try_remove();  // false when a group is busy yet
  const V1Group* v1(const std::string& controller) const;
  FdView tracker() const;  // the group whose members are the container's processes

  std::string parent_, id_;
  Fd v2_;
  std::vector<V1Group> v1_;
};

}  // namespace ccocker::runtime
