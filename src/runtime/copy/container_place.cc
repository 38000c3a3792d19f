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
#include "runtime/mount_sources.h"
#include "runtime/rootfs.h"

namespace ccocker::runtime {
namespace {

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
  Container container = containers.find(name_or_id);
  name_ = container.name;
  bool runs = container.status == Status::running || container.status == Status::paused;
  if (runs)
    open_running(containers, container);
  else
    mount_stopped(containers, container.id);
}

ContainerPlace::~ContainerPlace() {
  if (!claim_) return;
  try {
    claim_->release();
  } catch (const std::exception&) {
    // The next sweep takes the directory away.
  }
}

void ContainerPlace::open_running(Containers& containers, const Container& container) {
  root_ = sys::openat(sys::cwd(), fmt::format("/proc/{}/root", container.pid), O_PATH | O_DIRECTORY);
  // So it was not opened by a pid that is somebody else's by now.
  if (containers.find(container.id).pid != container.pid)
    throw Error(Errc::conflict, fmt::format("container {} has just ended or was restarted; try again", container.name));
  find_kernel_directories();
}

void ContainerPlace::mount_stopped(Containers& containers, const std::string& id) {
  claim_.emplace(containers.claim(id));
  claim_->let_networks_change();
  const ContainerRecord& record = claim_->record();
  std::string dir = container_dir(containers.root(), id);
  std::vector<OpenedMount> volumes = open_mounts(binds_of(record.spec));
  Fd overlay = mount_overlay({record.spec.lower_dirs, dir, false});
  enter_own_mount_namespace();
  Fd staging = sys::openat(sys::cwd(), dir, O_PATH | O_DIRECTORY);
  attach(overlay, staging, dir);
  root_ = sys::openat(sys::cwd(), dir, O_PATH | O_DIRECTORY);
  for (const OpenedMount& volume : volumes) attach(volume.tree, mount_point(root_, volume), volume.destination);
}

void ContainerPlace::find_kernel_directories() {
  struct stat top = sys::fstat(root_);
  for (const char* name : {"dev", "proc", "sys"}) {
    std::optional<struct stat> status = sys::stat_if_exists(root_, name, AT_SYMLINK_NOFOLLOW);
    if (status && status->st_dev != top.st_dev) kernel_directories_.emplace(status->st_dev, status->st_ino);
  }
}

}  // namespace ccocker::runtime
