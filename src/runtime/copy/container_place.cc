#include "runtime/copy/container_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loop/sys.h"
#include "runtime/copy/tree_sink.h"
#include "runtime/hold_process.h"
#include "runtime/mount_sources.h"
#include "runtime/rootfs.h"

namespace ccocker::runtime {
namespace {

constexpr unsigned claim_retry_us = 20'000;

void enter_own_mount_namespace() {
  if (::unshare(CLONE_NEWNS) < 0) throw Error::sys("unshare", "CLONE_NEWNS");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) throw Error::sys("mount", "/, private");
}

// Attaches the detached mount `tree` to the directory or file behind `at`.
void attach(FdView tree, FdView at, const std::string& shown) {
  constexpr unsigned by_descriptors = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  if (::syscall(SYS_move_mount, tree.get(), "", at.get(), "", by_descriptors) < 0)
    throw Error::sys("move_mount", shown);
}

// The mount behind `root` alone: what is mounted below it stays as it is.
void make_read_only(FdView root) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::syscall(SYS_mount_setattr, root.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
    throw Error::sys("mount_setattr", "/, read-only");
}

// Where a volume goes; made as a start would, following the image's links inside the root only.
Fd mount_point(FdView root, const OpenedMount& mount) {
  if (std::optional<Fd> there = open_in_root(root, mount.destination, O_PATH)) return std::move(*there);
  std::string parent = "/";
  Fd above = open_in_root(root, parent, O_PATH | O_DIRECTORY).value();
  for (size_t begin = 1; begin < mount.destination.size();) {
    size_t end = std::min(mount.destination.find('/', begin), mount.destination.size());
    std::string name = mount.destination.substr(begin, end - begin);
    bool last = end == mount.destination.size();
    if (last && !mount.directory)
      static_cast<void>(sys::openat(above, name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644));
    else
      sys::mkdirat_if_missing(above, name, 0755);
    parent = mount.destination.substr(0, end);
    std::optional<Fd> next = open_in_root(root, parent, O_PATH);
    if (!next) throw Error(Errc::failed, fmt::format("the mount point {} cannot be made", mount.destination));
    above = std::move(*next);
    begin = end + 1;
  }
  return above;
}

std::vector<Mount> binds_of(const Spec& spec) {
  std::vector<Mount> binds;
  for (const Mount& mount : spec.mounts)
    if (mount.kind != Mount::Kind::tmpfs) binds.push_back(mount);
  return binds;
}

}  // namespace

ContainerPlace::ContainerPlace(Containers& containers, const std::string& name_or_id) {
  while (!open(containers, name_or_id)) ::usleep(claim_retry_us);
}

ContainerPlace::~ContainerPlace() {
  if (!claim_) return;
  try {
    claim_->release();
  } catch (const std::exception&) {
    // The next sweep takes the directory away.
  }
}

// False while somebody else holds it.
bool ContainerPlace::open(Containers& containers, const std::string& name_or_id) {
  Container container = containers.find(name_or_id);
  name_ = container.name;
  bool runs = has_process(container.status);
  if (!runs && !claim(containers, container)) return false;
  if (runs)
    open_running(containers, container);
  else
    mount_stopped(container_dir(containers.root(), container.id));
  return true;
}

void ContainerPlace::open_running(Containers& containers, const Container& container) {
  Fd held = require_process(container, [this](pid_t pid) {
    root_ = sys::openat(sys::cwd(), fmt::format("/proc/{}/root", pid), O_PATH | O_DIRECTORY);
  });
  read_only_ = require_record(containers.root(), containers.state(), container.id).spec.root_read_only;
  find_kernel_directories();
}

// False while somebody else holds it for as long as a copy takes, or until it runs.
bool ContainerPlace::claim(Containers& containers, const Container& container) {
  try {
    claim_.emplace(containers.claim(container.id));
    claim_->let_changes();
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::conflict || container.status == Status::restarting) throw;
    return false;
  }
}

void ContainerPlace::mount_stopped(const std::string& dir) {
  const ContainerRecord& record = claim_->record();
  std::vector<OpenedMount> volumes = open_mounts(binds_of(record.spec));
  Fd overlay = mount_overlay({record.spec.lower_dirs, dir, false});
  enter_own_mount_namespace();
  Fd staging = sys::openat(sys::cwd(), dir, O_PATH | O_DIRECTORY);
  attach(overlay, staging, dir);
  root_ = sys::openat(sys::cwd(), dir, O_PATH | O_DIRECTORY);
  for (const OpenedMount& volume : volumes) attach(volume.tree, mount_point(root_, volume), volume.destination);
  read_only_ = record.spec.root_read_only;
  if (read_only_) make_read_only(root_);
}

void ContainerPlace::find_kernel_directories() {
  struct stat top = sys::fstat(root_);
  for (const char* name : {"dev", "proc", "sys"}) {
    std::optional<struct stat> status = sys::stat_if_exists(root_, name, AT_SYMLINK_NOFOLLOW);
    if (status && status->st_dev != top.st_dev) kernel_directories_.emplace(status->st_dev, status->st_ino);
  }
}

}  // namespace ccocker::runtime
