// A volume's first use: it takes what the image has at its place.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/file.h>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/copy_tree.h"
#include "runtime/volumes.h"

namespace ccocker::runtime {
namespace {

constexpr const char* filling_mark = "filling";  // beside _data while it is being filled

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

void fill(const Mount& mount, FdView rootfs) {
  std::string place = mount.source.substr(0, mount.source.rfind('/'));
  Fd volume = sys::open_dir(sys::cwd(), place);
  // Two containers may start with the same new volume.
  int locked = sys::retry([&] { return ::flock(volume.get(), LOCK_EX); });
  if (locked < 0) throw Error::sys("flock", place);
  Fd data = sys::open_dir(volume, "_data");
  if (sys::unlinkat_if_exists(volume, filling_mark)) empty(data);
  if (!sys::list_dir(data).empty()) return;
  std::optional<Fd> source = open_inside(rootfs, mount.destination);
  if (!source) return;
  sys::openat(volume, filling_mark, O_WRONLY | O_CREAT, 0600);
  copy_tree(*source, data);
  sys::unlinkat(volume, filling_mark);
}

}  // namespace

void fill_volumes(const Spec& spec, FdView rootfs) {
  for (const Mount& mount : spec.mounts) {
    if (mount.kind != Mount::Kind::volume) continue;
    if (!sys::exists(mount.source))
      throw Error(Errc::not_found, fmt::format("volume {} is gone; make it again (ccocker volume create {})",
                                               mount.volume, mount.volume));
    if (mount.no_copy) continue;
    try {
      fill(mount, rootfs);
    } catch (Error& error) {
      throw std::move(error).in(fmt::format("filling volume {} from {}", mount.volume, mount.destination));
    }
  }
}

}  // namespace ccocker::runtime
