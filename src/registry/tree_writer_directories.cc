#include "registry/tree_writer_directories.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/tree_writer_path.h"

namespace ccocker::registry {
namespace {

// Opens a directory below `root`, or gives the negative errno. With RESOLVE_IN_ROOT a rename anywhere on the machine
// makes the kernel give up a walk over ".." with EAGAIN (openat2(2)).
int try_open(FdView root, const std::string& path, uint64_t resolve) {
  open_how how{.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .mode = 0, .resolve = resolve};
  for (;;) {
    long fd = ::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN && errno != EINTR) return -errno;
  }
}

int try_open_below(FdView root, const std::string& path) {
  int fd = try_open(root, path, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  return fd == -ELOOP ? try_open(root, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS) : fd;
}

[[noreturn]] void fail_to_open(std::string_view path, int errnum) {
  if (errnum == ELOOP) throw Error(Errc::corrupt, fmt::format("{} is a loop of symbolic links", printable_name(path)));
  throw Error::sys("openat2", printable_name(path), errnum);
}

}  // namespace

TreeDirectories::TreeDirectories(FdView root) : root_(std::make_shared<const Fd>(sys::dup(root))) {
  struct stat status = sys::fstat(root);
  owners_inherited_ = (status.st_mode & S_ISGID) || status.st_gid != 0;
}

TreeDirectories::Cached* TreeDirectories::find_cached(std::string_view path) {
  if (last_ && last_->path == path) return last_;
  for (Cached& cached : cache_)
    if (cached.directory && cached.path == path) return &cached;
  return nullptr;
}

OpenDirectory TreeDirectories::open_if_exists(std::string_view path) {
  if (path.empty()) return root_;
  if (Cached* cached = find_cached(path)) {
    cached->last_used = ++uses_;
    last_ = cached;
    return cached->directory;
  }
  int fd = try_open_below(*root_, std::string(path));
  if (fd >= 0) return remember(path, Fd(fd));
  if (fd == -ENOENT || fd == -ENOTDIR) return nullptr;
  fail_to_open(path, -fd);
}

OpenDirectory TreeDirectories::open(std::string_view path) {
  OpenDirectory directory = open_if_exists(path);
  return directory ? directory : remember(path, make_all(std::string(path)));
}

OpenDirectory TreeDirectories::remember(std::string_view path, Fd fd) {
  Cached* oldest = &cache_[0];
  for (Cached& cached : cache_)
    if (cached.last_used < oldest->last_used) oldest = &cached;
  oldest->path = path;
  oldest->directory = std::make_shared<const Fd>(std::move(fd));
  oldest->last_used = ++uses_;
  last_ = oldest;
  return oldest->directory;
}

void TreeDirectories::forget_all() {
  for (Cached& cached : cache_) cached = {};
  last_ = nullptr;
}

Fd TreeDirectories::make_all(const std::string& path) {
  Fd here = sys::dup(*root_);
  for (size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1))
    here = enter_or_make(here, path.substr(0, end));
  return enter_or_make(here, path);
}

Fd TreeDirectories::enter_or_make(FdView parent, const std::string& prefix) {
  int fd = try_open_below(*root_, prefix);
  if (fd >= 0) return Fd(fd);
  if (fd != -ENOENT && fd != -ENOTDIR) fail_to_open(prefix, -fd);
  std::string name(base_name_of(prefix));
  bool was_whiteout = is_overlay_whiteout(parent, name);
  if (was_whiteout) sys::unlinkat(parent, name);
  if (!sys::mkdirat_if_missing(parent, name, 0755))
    throw Error(Errc::corrupt,
                fmt::format("{} is in the way: neither a directory nor a link to one", printable_name(prefix)));
  Fd made = sys::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (owners_inherited_ && ::fchown(made.get(), 0, 0) < 0) throw Error::sys("fchown", printable_name(prefix));
  if (was_whiteout) make_overlay_opaque(made);
  return made;
}

bool is_overlay_whiteout(FdView parent, const std::string& name) {
  std::optional<struct stat> status = sys::stat_if_exists(parent, name, AT_SYMLINK_NOFOLLOW);
  return status && S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0);
}

void make_overlay_opaque(FdView directory) {
  if (::fsetxattr(directory.get(), "trusted.overlay.opaque", "y", 1, 0) < 0)
    throw Error::sys("fsetxattr", "trusted.overlay.opaque");
}

}  // namespace ccocker::registry
