#include "runtime/container_root.h"

#include <fcntl.h>

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

Pause::Pause(const ContainerRecord& record) : parent_(record.spec.cgroup_parent), id_(record.container.id) {
  if (record.container.status != Status::running) return;
  std::optional<Cgroup> group = Cgroup::open(parent_, id_);
  if (!group) return;  // it has just ended
  group->freeze(true);
  paused_ = true;
}

Pause::~Pause() {
  if (!paused_) return;
  try {
    std::optional<Cgroup> group = Cgroup::open(parent_, id_);
    if (group) group->freeze(false);
  } catch (const Error&) {  // it has ended meanwhile
  }
}

}  // namespace ccocker::runtime
