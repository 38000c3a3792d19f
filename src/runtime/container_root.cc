#include "runtime/container_root.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/rootfs.h"

namespace ccocker::runtime {

ContainerRoot open_container_root(const std::string& root, const ContainerRecord& record) {
  std::string dir = container_dir(root, record.container.id);
  Fd container = sys::open_dir(sys::cwd(), dir);
  sys::mkdirat_if_missing(container, "upper", 0755);  // one that was never started has none yet
  ContainerRoot view;
  view.upper = sys::open_dir(container, "upper");
  view.merged = mount_overlay_view(record.spec.lower_dirs, dir);
  return view;
}

namespace {

constexpr const char* mark_file = "/still";

// Waits for its turn. nullopt when the container's directory is gone.
std::optional<Fd> take_mark(const std::string& path) {
  for (;;) {
    int fd = sys::retry([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); });
    if (fd < 0 && errno == ENOENT) return std::nullopt;
    if (fd < 0) throw Error::sys("open", path);
    Fd file(fd);
    if (sys::retry([&] { return ::flock(file.get(), LOCK_EX); }) < 0) throw Error::sys("flock", path);
    if (still_there(path, file)) return file;
  }
}

void freeze(const std::string& parent, const std::string& id, bool frozen) {
  std::optional<Cgroup> group = Cgroup::open(parent, id);
  if (group) group->freeze(frozen);
}

}  // namespace

Pause::Pause(const std::string& state, const ContainerRecord& record)
    : parent_(record.spec.cgroup_parent), id_(record.container.id), path_(container_state_dir(state, id_) + mark_file) {
  bool another = record.container.status == Status::paused && sys::exists(path_);
  if (record.container.status != Status::running && !another) return;
  mark_ = take_mark(path_);
  if (!mark_) return;                     // it has just ended
  if (Cgroup::is_frozen(parent_, id_)) {  // somebody paused it meanwhile: not ours to thaw
    sys::unlinkat_if_exists(sys::cwd(), path_);
    mark_.reset();
    return;
  }
  freeze(parent_, id_, true);
}

// The mark goes last: a kill on the way leaves what the next command puts right.
Pause::~Pause() {
  if (!mark_) return;
  try {
    freeze(parent_, id_, false);
    sys::unlinkat_if_exists(sys::cwd(), path_);
  } catch (const Error&) {  // it has ended meanwhile
  }
}

bool thaw_left(const std::string& state, const ContainerRecord& record) {
  const std::string& id = record.container.id;
  std::string path = container_state_dir(state, id) + mark_file;
  std::optional<Fd> mark = sys::open_if_exists(sys::cwd(), path, O_RDWR | O_NOFOLLOW);
  if (!mark || !sys::try_lock(*mark)) return false;
  if (still_there(path, *mark)) {
    freeze(record.spec.cgroup_parent, id, false);
    sys::unlinkat_if_exists(sys::cwd(), path);
  }
  return true;
}

}  // namespace ccocker::runtime
