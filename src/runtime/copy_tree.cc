#include "runtime/copy_tree.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <map>
#include <string>

#include "loop/error.h"
#include "loop/sys.h"
#include "loop/tree_levels.h"
#include "runtime/descriptor_limit.h"

namespace ccocker::runtime {
namespace {

constexpr size_t copy_bytes = 16u << 20;  // of one call

void copy_xattrs(FdView from, FdView to) {
  std::string names(XATTR_LIST_MAX, '\0'), value(XATTR_SIZE_MAX, '\0');
  ssize_t count = ::flistxattr(from.get(), names.data(), names.size());
  std::string_view rest(names.data(), count > 0 ? static_cast<size_t>(count) : 0);
  while (!rest.empty()) {
    std::string name(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (name.starts_with("trusted.overlay.")) continue;
    ssize_t bytes = ::fgetxattr(from.get(), name.c_str(), value.data(), value.size());
    if (bytes < 0) continue;
    bool fine = ::fsetxattr(to.get(), name.c_str(), value.data(), static_cast<size_t>(bytes), 0) == 0;
    if (!fine && errno != EOPNOTSUPP) throw Error::sys("fsetxattr", name);
  }
}

// In this order: a new owner clears set-user-ID bits and capabilities.
void copy_attributes(const struct stat& status, FdView from, FdView to) {
  if (::fchown(to.get(), status.st_uid, status.st_gid) < 0) throw Error::sys("fchown");
  sys::fchmod(to, status.st_mode & 07777);
  copy_xattrs(from, to);
  timespec times[2] = {status.st_atim, status.st_mtim};
  if (::futimens(to.get(), times) < 0) throw Error::sys("futimens");
}

void copy_content(FdView from, FdView to) {
  for (;;) {
    ssize_t count =
        sys::retry([&] { return ::copy_file_range(from.get(), nullptr, to.get(), nullptr, copy_bytes, 0); });
    // Not between these two file systems.
    if (count < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
      count = sys::retry([&] { return ::sendfile(to.get(), from.get(), nullptr, copy_bytes); });
    if (count < 0) throw Error::sys("copy_file_range");
    if (count == 0) return;
  }
}

class Copy {
 public:
  explicit Copy(FdView target) : target_(target) {}

  void directory(FdView from, FdView to, const std::string& prefix) {
    for (const std::string& name : sys::list_dir(from)) entry(from, to, name, prefix + name);
    copy_attributes(sys::fstat(from), from, to);
  }

 private:
  void entry(FdView from, FdView to, const std::string& name, const std::string& path) {
    struct stat status = sys::fstatat(from, name, AT_SYMLINK_NOFOLLOW);
    if (status.st_nlink > 1 && !S_ISDIR(status.st_mode) && link_known(status, path)) return;
    switch (status.st_mode & S_IFMT) {
      case S_IFDIR: {
        require_walkable(path);
        sys::mkdirat(to, name, 0700);
        Fd inside = sys::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        return directory(sys::openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), inside, path + "/");
      }
      case S_IFREG: {
        Fd source = sys::openat(from, name, O_RDONLY | O_NOFOLLOW);
        Fd target = sys::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        copy_content(source, target);
        return copy_attributes(status, source, target);
      }
      case S_IFLNK:
        sys::symlinkat(sys::readlinkat(from, name), to, name);
        return set_owner_and_times(status, to, name);
      case S_IFSOCK:
        return;
      default:
        sys::mknodat(to, name, status.st_mode, status.st_rdev);
        set_owner_and_times(status, to, name);
        if (::fchmodat(to.get(), name.c_str(), status.st_mode & 07777, 0) < 0) throw Error::sys("fchmodat");
    }
  }

  // True when another name of the file was copied before, and is linked now.
  bool link_known(const struct stat& status, const std::string& path) {
    auto [found, is_new] = copied_.emplace(std::pair(status.st_dev, status.st_ino), path);
    if (!is_new) sys::linkat(target_, found->second, target_, path);
    return !is_new;
  }

  void set_owner_and_times(const struct stat& status, FdView to, const std::string& name) {
    if (::fchownat(to.get(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
      throw Error::sys("fchownat");
    timespec times[2] = {status.st_atim, status.st_mtim};
    if (::utimensat(to.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) < 0) throw Error::sys("utimensat");
  }

  FdView target_;                                          // the root of the copy
  std::map<std::pair<dev_t, ino_t>, std::string> copied_;  // where a file of several names is
};

}  // namespace

void copy_tree(FdView from, FdView to) {
  raise_descriptor_limit();  // two a level
  Copy copy(to);
  copy.directory(sys::openat(from, ".", O_RDONLY | O_DIRECTORY), to, "");
}

}  // namespace ccocker::runtime
