#include "runtime/child_mounts.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstring>

#include "runtime/child_paths.h"
#include "runtime/child_report.h"

// sys/mount.h and linux/mount.h cannot be included together (glibc 2.36), so the few old names are spelled here.
namespace {
constexpr unsigned long ms_bind = 4096, ms_move = 8192, ms_rec = 16384, ms_private = 1 << 18;
constexpr int mnt_detach = 2;
constexpr long proc_super_magic = 0x9fa0;
}  // namespace

namespace ccocker::runtime::child {
namespace {

struct Option {
  const char* key;
  const char* value;  // null: a flag
};

// A new instance of a filesystem as a detached mount; a negative errno when the kernel refuses. `source` is what df(1)
// shows first, the type where none is given.
long new_filesystem(const char* type, uint64_t attributes, PlainList<Option> options = {},
                    const char* source = nullptr) {
  long context = raw::call<SYS_fsopen>(type, FSOPEN_CLOEXEC);
  if (context < 0) return context;
  long result = raw::call<SYS_fsconfig>(context, FSCONFIG_SET_STRING, "source", source ? source : type, 0);
  for (const Option& option : options) {
    unsigned command = option.value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
    if (result == 0) result = raw::call<SYS_fsconfig>(context, command, option.key, option.value, 0);
  }
  if (result == 0) result = raw::call<SYS_fsconfig>(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  if (result == 0) result = raw::call<SYS_fsmount>(context, FSMOUNT_CLOEXEC, attributes);
  close(static_cast<int>(context));
  return result;
}

// Attaches a detached mount to `name` below `dir`, which is made when missing. The last component is not followed when
// it is a link, so that /proc and its like are where they seem to be.
long attach(int tree, int dir, const char* name) {
  long result = raw::call<SYS_move_mount>(tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH);
  if (result != -ENOENT) return result;
  result = raw::call<SYS_mkdirat>(dir, name, 0755);
  if (result < 0) return result;
  return raw::call<SYS_move_mount>(tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH);
}

constexpr uint64_t no_exec = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

int mount_new(const ChildPlan& plan, Step step, const char* type, int dir, const char* name, uint64_t attributes,
              PlainList<Option> options = {}, const char* source = nullptr) {
  int tree = must_fd(plan, step, new_filesystem(type, attributes, options, source));
  must(plan, step, attach(tree, dir, name));
  return tree;
}

struct Node {
  const char* name;
  unsigned minor_number, major_number;
};
constexpr Node standard_nodes[] = {{"null", 3, 1},   {"zero", 5, 1},    {"full", 7, 1},
                                   {"random", 8, 1}, {"urandom", 9, 1}, {"tty", 0, 5}};

struct Link {
  const char *name, *target;
};
constexpr Link standard_links[] = {{"fd", "/proc/self/fd"},
                                   {"stdin", "/proc/self/fd/0"},
                                   {"stdout", "/proc/self/fd/1"},
                                   {"stderr", "/proc/self/fd/2"},
                                   {"ptmx", "pts/ptmx"}};
constexpr const char* standard_directories[] = {"pts", "shm", "mqueue"};

int mount_dev(const ChildPlan& plan) {
  constexpr Option options[] = {{"mode", "0755"}, {"size", "65536k"}};
  int dev = must_fd(plan, Step::mount_dev, new_filesystem("tmpfs", MOUNT_ATTR_NOSUID, {options, 2}));
  for (const Node& node : standard_nodes)
    must(plan, Step::make_node,
         raw::call<SYS_mknodat>(dev, node.name, S_IFCHR | 0666, ::makedev(node.major_number, node.minor_number)));
  for (const Link& link : standard_links)
    must(plan, Step::make_node, raw::call<SYS_symlinkat>(link.target, dev, link.name));
  for (const char* name : standard_directories) must(plan, Step::make_node, raw::call<SYS_mkdirat>(dev, name, 0755));
  // What the terminal is bound over.
  if (plan.terminal) must(plan, Step::make_node, raw::call<SYS_mknodat>(dev, "console", S_IFREG | 0600, 0));
  must(plan, Step::mount_dev, attach(dev, plan.root, "dev"));
  return dev;
}

void mount_below_dev(const ChildPlan& plan, int dev) {
  // Group 5 is tty in every distribution's /etc/group; grantpt(3) wants it.
  constexpr Option pts[] = {{"newinstance", nullptr}, {"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}};
  close(mount_new(plan, Step::mount_pts, "devpts", dev, "pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, {pts, 4}));
  Option shm[] = {{"mode", "1777"}, {"size", plan.shm_size}};
  close(mount_new(plan, Step::mount_shm, "tmpfs", dev, "shm", no_exec, {shm, 2}, "shm"));
  close(mount_new(plan, Step::mount_mqueue, "mqueue", dev, "mqueue", no_exec));
}

// /sys/fs/cgroup: the one v2 hierarchy where there are no v1 controllers to show; otherwise a directory for each,
// as hybrid hosts have them.
void mount_cgroups(const ChildPlan& plan, int sys) {
  uint64_t attributes = no_exec | (plan.privileged ? 0 : MOUNT_ATTR_RDONLY);
  if (plan.cgroup_v1_mounts.count == 0) {
    if (plan.cgroup_v2_mount)
      close(mount_new(plan, Step::mount_cgroup, "cgroup2", sys, "fs/cgroup", attributes, {}, "cgroup"));
    return;
  }
  constexpr Option options[] = {{"mode", "0755"}};
  int top = mount_new(plan, Step::mount_cgroup, "tmpfs", sys, "fs/cgroup", no_exec, {options, 1});
  if (plan.cgroup_v2_mount)
    close(mount_new(plan, Step::mount_cgroup, "cgroup2", top, "unified", attributes, {}, "cgroup"));
  for (const char* controller : plan.cgroup_v1_mounts) {
    Option option{controller, nullptr};
    // Hierarchies can be gone or bound together otherwise than planned: showing them is best effort.
    long tree = new_filesystem("cgroup", attributes, {&option, 1});
    if (tree < 0) continue;
    attach(static_cast<int>(tree), top, controller);
    close(static_cast<int>(tree));
  }
  mount_attr read_only{};
  read_only.attr_set = MOUNT_ATTR_RDONLY;
  must(plan, Step::mount_cgroup, raw::call<SYS_mount_setattr>(top, "", AT_EMPTY_PATH, &read_only, sizeof read_only));
  close(top);
}

void make_private(const ChildPlan& plan) {
  mount_attr attributes{};
  attributes.propagation = ms_private;
  must(plan, Step::private_mounts,
       raw::call<SYS_mount_setattr>(AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof attributes));
}

mode_t mode_of(const ChildPlan& plan, int fd, uint32_t index) {
  struct stat status;
  must(plan, Step::mount_destination, raw::call<SYS_fstat>(fd, &status), index);
  return status.st_mode;
}

// A new tmpfs is as open as the directory that it covers (-1: that was made for it, so it stays as it is).
void finish_tmpfs(const ChildPlan& plan, uint32_t index, int covered) {
  const PlannedMount& mount = plan.mounts.items[index];
  if (covered >= 0) {
    mode_t mode = mode_of(plan, covered, index) & 07777;
    must(plan, Step::attach_mount, raw::call<SYS_fchmodat>(mount.tree, ".", mode), index);
  }
  if (!mount.read_only) return;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  must(plan, Step::attach_mount,
       raw::call<SYS_mount_setattr>(mount.tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes), index);
}

void attach_one(const ChildPlan& plan, uint32_t index) {
  const PlannedMount& mount = plan.mounts.items[index];
  Missing missing = mount.directory ? Missing::make_directory : Missing::make_file;
  bool made = false;
  int target =
      must_fd(plan, Step::mount_destination, open_or_make(plan.root, mount.destination, missing, &made), index);
  struct statfs status;
  must(plan, Step::mount_destination, raw::call<SYS_fstatfs>(target, &status), index);
  // A mount over parts of /proc could show the program another process or unmask what is masked.
  if (status.f_type == proc_super_magic && !plan.privileged) fail(plan, Step::mount_inside_proc, -EPERM, index);
  if (mount.takes_mode) finish_tmpfs(plan, index, made ? -1 : target);
  long attached =
      raw::call<SYS_move_mount>(mount.tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  // EINVAL is what move_mount(2) has for a file over a directory, and for much else.
  if (attached == -EINVAL && S_ISDIR(mode_of(plan, target, index)) != mount.directory) attached = -ENOTDIR;
  must(plan, Step::attach_mount, attached, index);
  close(target);
}

void make_device(const ChildPlan& plan, uint32_t index) {
  const PlannedNode& node = plan.nodes.items[index];
  must(plan, Step::device_node, make_node(plan.root, node.path, node.mode, node.device), index);
  if (node.uid == 0 && node.gid == 0) return;
  int fd = must_fd(plan, Step::device_node, open_or_make(plan.root, node.path, Missing::make_file), index);
  must(plan, Step::device_node, raw::call<SYS_fchownat>(fd, "", node.uid, node.gid, AT_EMPTY_PATH), index);
  close(fd);
}

void seal_read_only(const ChildPlan& plan, uint32_t index) {
  const char* path = plan.read_only.items[index];
  long result = raw::call<SYS_mount>(path, path, nullptr, ms_bind | ms_rec, nullptr);
  if (result == -ENOENT) return;
  must(plan, Step::read_only_path, result, index);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  must(plan, Step::read_only_path,
       raw::call<SYS_mount_setattr>(AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes), index);
}

// A mount that covers one masked path after the other: what is attached already is cloned for the next. It is always a
// descriptor, never a path, which a mount of the user's could have replaced. Exec closes the clones.
struct Cover {
  int tree = -1;
  bool attached = false;
};

// -ENOENT is the path's own. Links in it are followed.
long cover(const ChildPlan& plan, uint32_t index, Cover& with) {
  constexpr unsigned clone = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
  if (with.attached)
    with.tree = must_fd(plan, Step::masked_path, raw::call<SYS_open_tree>(with.tree, "", clone), index);
  constexpr unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS;
  long result = raw::call<SYS_move_mount>(with.tree, "", AT_FDCWD, plan.masked.items[index], flags);
  with.attached = result == 0;
  return result;
}

// Covers a file with the null device, a directory with an empty read-only tmpfs, which is made for the first of them.
void mask(const ChildPlan& plan, uint32_t index, Cover& null_device, Cover& empty_directory) {
  long result = cover(plan, index, null_device);
  if (result == -EINVAL) {  // a file over a directory
    if (empty_directory.tree < 0)
      empty_directory.tree =
          must_fd(plan, Step::masked_path, new_filesystem("tmpfs", no_exec | MOUNT_ATTR_RDONLY), index);
    result = cover(plan, index, empty_directory);
  }
  if (result != -ENOENT) must(plan, Step::masked_path, result, index);
}

}  // namespace

void enter_root(const ChildPlan& plan) {
  make_private(plan);
  must(plan, Step::attach_root,
       raw::call<SYS_move_mount>(plan.root, "", AT_FDCWD, plan.staging, MOVE_MOUNT_F_EMPTY_PATH));
  must(plan, Step::attach_root, raw::call<SYS_fchdir>(plan.root));
  // pivot_root(".", ".") stacks the old root over the new one (pivot_root(2), NOTES); it is taken off at once.
  long pivoted = raw::call<SYS_pivot_root>(".", ".");
  if (pivoted == -EINVAL) {
    // The host's root is an initramfs, which cannot be pivoted away: cover it instead.
    must(plan, Step::pivot_root, raw::call<SYS_mount>(".", "/", nullptr, ms_move, nullptr));
    must(plan, Step::pivot_root, raw::call<SYS_chroot>("."));
  } else {
    must(plan, Step::pivot_root, pivoted);
    must(plan, Step::detach_host, raw::call<SYS_umount2>(".", mnt_detach));
  }
  must(plan, Step::pivot_root, raw::call<SYS_chdir>("/"));
}

int mount_kernel_filesystems(const ChildPlan& plan) {
  close(mount_new(plan, Step::mount_proc, "proc", plan.root, "proc", no_exec));
  int dev = mount_dev(plan);
  if (!plan.dev_covered) mount_below_dev(plan, dev);
  int null_device = -1;
  if (plan.masked.count)
    null_device =
        must_fd(plan, Step::mount_dev, raw::call<SYS_open_tree>(dev, "null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  uint64_t sys_attributes = no_exec | (plan.privileged ? 0 : MOUNT_ATTR_RDONLY);
  int sys = mount_new(plan, Step::mount_sys, "sysfs", plan.root, "sys", sys_attributes);
  mount_cgroups(plan, sys);
  close(sys);
  close(dev);
  return null_device;
}

void attach_planned_mounts(const ChildPlan& plan) {
  for (uint32_t i = 0; i < plan.mounts.count; ++i) attach_one(plan, i);
  for (uint32_t i = 0; i < plan.nodes.count; ++i) make_device(plan, i);
}

void write_sysctls(const ChildPlan& plan) {
  for (uint32_t i = 0; i < plan.sysctls.count; ++i) {
    const PlannedWrite& write = plan.sysctls.items[i];
    int fd = must_fd(plan, Step::sysctl, raw::call<SYS_openat>(AT_FDCWD, write.path, O_WRONLY | O_CLOEXEC, 0), i);
    must(plan, Step::sysctl, raw::call<SYS_write>(fd, write.value, std::strlen(write.value)), i);
    close(fd);
  }
}

void seal_paths(const ChildPlan& plan, int null_device) {
  for (uint32_t i = 0; i < plan.read_only.count; ++i) seal_read_only(plan, i);
  Cover file{null_device}, directory;
  for (uint32_t i = 0; i < plan.masked.count; ++i) mask(plan, i, file, directory);
}

void seal_root(const ChildPlan& plan) {
  if (!plan.root_read_only) return;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  must(plan, Step::read_only_root,
       raw::call<SYS_mount_setattr>(plan.root, "", AT_EMPTY_PATH, &attributes, sizeof attributes));
}

}  // namespace ccocker::runtime::child
