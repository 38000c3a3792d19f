// A volume's first use: it takes what the image has at its place.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/copy_tree.h"
#include "runtime/volumes.h"

namespace ccocker::runtime {
namespace {

constexpr const char* filling_mark = "filling";        // beside _data while it is being filled
constexpr const char* filled_mark = "volumes-filled";  // in the directory of a container that had its share

// The image's directory at `destination`, links followed inside its root; nullopt when it is no directory.
std::optional<Fd> open_inside(FdView rootfs, const std::string& destination) {
  try {
    return sys::openat2(rootfs, destination, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  } catch (const Error& error) {
    if (error.errno_value() == ENOENT || error.errno_value() == ENOTDIR || error.errno_value() == ELOOP)
      return std::nullopt;
    throw;
  }
}

void empty(FdView dir) {
  for (const std::string& name : sys::list_dir(dir)) sys::remove_tree(dir, name);
}

// What is left of a copy that was killed goes before the mark that tells of it. Whether there was one.
bool remove_half_copy(FdView volume, FdView data) {
  if (!sys::stat_if_exists(volume, filling_mark, AT_SYMLINK_NOFOLLOW)) return false;
  empty(data);
  sys::unlinkat(volume, filling_mark);
  return true;
}

void fill(const Mount& mount, FdView rootfs, bool filled_before) {
  std::string place = mount.source.substr(0, mount.source.rfind('/'));
  Fd volume = sys::open_dir(sys::cwd(), place);
  // Two containers may start with the same new volume.
  int locked = sys::retry([&] { return ::flock(volume.get(), LOCK_EX); });
  if (locked < 0) throw Error::sys("flock", place);
  Fd data = sys::open_dir(volume, "_data");
  bool cut_short = remove_half_copy(volume, data);
  if (mount.no_copy || (filled_before && !cut_short) || !sys::list_dir(data).empty()) return;
  std::optional<Fd> source = open_inside(rootfs, mount.destination);
  if (!source) return;
  sys::openat(volume, filling_mark, O_WRONLY | O_CREAT, 0600);
  copy_tree(*source, data);
  if (::syncfs(data.get()) < 0) throw Error::sys("syncfs", place);  // a power cut must not leave the copy without its mark
  sys::unlinkat(volume, filling_mark);
}

}  // namespace

void fill_volumes(const Spec& spec, FdView container_dir, bool has_run, FdView rootfs) {
  auto is_volume = [](const Mount& mount) { return mount.kind == Mount::Kind::volume; };
  if (std::ranges::none_of(spec.mounts, is_volume)) return;
  bool filled_before = has_run || sys::stat_if_exists(container_dir, filled_mark, AT_SYMLINK_NOFOLLOW);
  for (const Mount& mount : spec.mounts) {
    if (!is_volume(mount)) continue;
    if (!sys::exists(mount.source))
      throw Error(Errc::not_found, fmt::format("volume {} is gone; make it again (ccocker volume create {})",
                                               mount.volume, mount.volume));
    try {
      fill(mount, rootfs, filled_before);
    } catch (Error& error) {
      throw std::move(error).in(fmt::format("filling volume {} from {}", mount.volume, mount.destination));
    }
  }
  if (!filled_before) sys::openat(container_dir, filled_mark, O_WRONLY | O_CREAT, 0600);
}

}  // namespace ccocker::runtime
