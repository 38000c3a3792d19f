#include "registry/whiteout.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/tree_writer_path.h"

namespace ccocker::registry {
namespace {

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_marker = ".wh..wh..opq";
constexpr std::string_view bookkeeping_prefix = ".wh..wh.";  // aufs's own, of no meaning elsewhere

void hide(FdView parent, const std::string& name) {
  if (name.empty() || name == "." || name == "..") throw Error(Errc::corrupt, "a whiteout of no name");
  if (::mknodat(parent.get(), name.c_str(), S_IFCHR, makedev(0, 0)) == 0) return;
  if (errno != EEXIST) throw Error::sys("mknodat", printable_name(name));
  if (!S_ISDIR(sys::fstatat(parent, name, AT_SYMLINK_NOFOLLOW).st_mode)) return;
  make_overlay_opaque(sys::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
}

}  // namespace

bool write_whiteout(TreeDirectories& directories, const std::string& path) {
  std::string_view name = base_name_of(path);
  if (name == opaque_marker) {
    make_overlay_opaque(*directories.open(parent_of(path)));
    return true;
  }
  if (path.starts_with(bookkeeping_prefix) || name.starts_with(bookkeeping_prefix)) return true;
  if (!name.starts_with(whiteout_prefix)) return false;
  OpenDirectory parent = directories.open(parent_of(path));
  hide(*parent, std::string(name.substr(whiteout_prefix.size())));
  return true;
}

}  // namespace ccocker::registry
