#pragma once
// What the parent hands to the child it clones: everything computed ahead, in plain memory, so that the child calls no
// allocator and no libc lock until exec. Pointers go into the Plan that owns it (plan.h); descriptors are the child's
// copies. A descriptor of -1 is none.
#include <linux/filter.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace ccocker::runtime {

template <typename T>
struct PlainList {
  const T* items = nullptr;
  size_t count = 0;
  const T* begin() const { return items; }
  const T* end() const { return items + count; }
};

// A detached mount and where it goes.
struct PlannedMount {
  int tree;                 // from open_tree or fsmount
  const char* destination;  // absolute, inside; made when missing
  bool directory;           // what a missing destination is made as
  bool takes_mode;          // a tmpfs that gets the mode of the directory it covers
  bool read_only;           // with takes_mode: made read-only once it has that
};

struct PlannedNode {
  const char* path;  // absolute, inside
  mode_t mode;
  dev_t device;
  uint32_t uid, gid;
};

struct PlannedLimit {
  int resource;
  uint64_t soft, hard;
};

struct PlannedWrite {
  const char* path;
  const char* value;
};

struct ChildPlan {
  int socket = -1;      // the child's end of the report socket
  int parent_end = -1;  // the other end, which the child must not keep open
  int stdio[3] = {-1, -1, -1};
  bool terminal = false;  // a pty is made inside and is the controlling terminal and stdio
  uint16_t rows = 0, columns = 0;
  PlainList<int> v1_tasks;  // cgroup v1 `tasks` files to write "0" to

  // `exec`: the process whose namespaces are entered; all of the root's set-up below is left out then.
  int enter_pidfd = -1;
  uint64_t enter_namespaces = 0;

  int root = -1;  // the root filesystem, a detached mount
  // A directory of the host to attach it to, absolute: a descriptor would still be of the parent's mount namespace.
  const char* staging = nullptr;
  bool own_loopback = false, new_cgroup_namespace = false;
  bool cgroup_v2_mount = false;             // whether there is a v2 hierarchy to show
  PlainList<const char*> cgroup_v1_mounts;  // controllers to show, "memory"
  bool privileged = false, root_read_only = false;
  bool dev_covered = false;        // by one of `mounts`: nothing is mounted below our own /dev
  const char* shm_size = nullptr;  // bytes in digits
  const char* hostname = nullptr;
  PlainList<PlannedMount> mounts;
  PlainList<PlannedNode> nodes;
  PlainList<PlannedWrite> sysctls;
  PlainList<const char*> masked, read_only;

  const char* cwd = "/";
  PlainList<PlannedLimit> limits;
  const char* oom_score_adj = nullptr;
  mode_t umask = 0022;
  uint32_t uid = 0, gid = 0;
  PlainList<uint32_t> groups;
  uint64_t capabilities = 0;
  int last_capability = 40;
  bool no_new_privileges = false;
  sock_fprog seccomp{};
  bool init = false, first_in_pid_namespace = true;

  int init_program = -1;  // ccocker-init; what it is told is in src/runtime/init_order.h
  const char* const* init_arguments = nullptr;
  const char* const* init_environment = nullptr;
};

// What the child was doing when it failed; `InitReport::detail` is an index into the list the step goes through.
enum class Step : uint32_t {
  setup,
  join_cgroup,
  cgroup_namespace,
  enter_namespaces,
  loopback,
  private_mounts,
  attach_root,
  pivot_root,
  detach_host,
  mount_proc,
  mount_dev,
  make_node,
  mount_pts,
  mount_shm,
  mount_mqueue,
  mount_sys,
  mount_cgroup,
  open_terminal,
  mount_destination,
  mount_inside_proc,
  attach_mount,
  device_node,
  hostname,
  sysctl,
  read_only_path,
  masked_path,
  read_only_root,
  working_directory,
  limit,
  oom_score_adj,
  stdio,
  wait_for_parent,
  fork_init,
  bounding_set,
  groups,
  gid,
  uid,
  capabilities,
  seccomp,
  no_new_privileges,
  init_program,
  exec,
  count_,
};

// Moments of the child's start, CLOCK_MONOTONIC nanoseconds.
enum class Moment : uint32_t { born, root, mounts, ready, count_ };

struct InitReport {
  enum class Kind : uint32_t { failed, terminal, ready };
  Kind kind;
  Step step;
  int32_t errnum;
  uint32_t detail;
  uint64_t moments_ns[static_cast<size_t>(Moment::count_)];
};

// After an InitReport of a failed exec: the file's first bytes, for telling why.
constexpr size_t program_head_bytes_max = 1024;

}  // namespace ccocker::runtime
