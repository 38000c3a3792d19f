#include "registry/tree_tar.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "loop/tree_levels.h"
#include "registry/tar_format.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes = 256 * 1024;
constexpr const char* opaque_xattr = "trusted.overlay.opaque";
constexpr const char* redirect_xattr = "trusted.overlay.redirect";
constexpr const char* metacopy_xattr = "trusted.overlay.metacopy";

bool has_xattr(FdView fd, const char* name) { return ::fgetxattr(fd.get(), name, nullptr, 0) >= 0; }

bool is_kept(std::string_view name) { return !name.starts_with("trusted.") && name != "security.selinux"; }

std::vector<std::pair<std::string, std::string>> xattrs_of(FdView fd) {
  std::string names(XATTR_LIST_MAX, '\0'), value(XATTR_SIZE_MAX, '\0');
  ssize_t count = ::flistxattr(fd.get(), names.data(), names.size());
  std::vector<std::pair<std::string, std::string>> all;
  std::string_view rest(names.data(), count > 0 ? static_cast<size_t>(count) : 0);
  while (!rest.empty()) {
    std::string name(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (!is_kept(name)) continue;
    ssize_t bytes = ::fgetxattr(fd.get(), name.c_str(), value.data(), value.size());
    if (bytes >= 0) all.emplace_back(std::move(name), value.substr(0, static_cast<size_t>(bytes)));
  }
  std::ranges::sort(all);
  return all;
}

class TreeTar {
 public:
  TreeTar(TreeTarOptions options, ByteSink& to) : options_(options), to_(to), buffer_(piece_bytes) {}

  // `upper`: what is below is an overlay's upper directory still.
  Task<void> directory(FdView dir, std::string prefix, bool upper) {
    std::vector<std::string> names = sys::list_dir(dir);
    std::ranges::sort(names);
    for (const std::string& name : names) co_await entry(dir, name, prefix + name, upper);
  }

 private:
  Task<void> entry(FdView dir, std::string name, std::string path, bool upper);
  Task<void> whiteout(std::string path);
  Task<void> subdirectory(FdView dir, std::string name, TarMember member, bool upper);
  Task<void> file(FdView dir, std::string name, TarMember member, bool upper);
  Task<void> content(FdView file, uint64_t bytes);
  bool is_linked(const struct stat& status, TarMember& member);
  Fd from_merged(const std::string& path, int flags);

  TreeTarOptions options_;
  ByteSink& to_;
  std::vector<std::byte> buffer_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // where a file of several names was written
};

TarMember member_of(const struct stat& status, std::string path) {
  TarMember member;
  member.name = std::move(path);
  member.mode = status.st_mode & 07777;
  member.uid = status.st_uid;
  member.gid = status.st_gid;
  member.mtime_s = status.st_mtim.tv_sec;
  return member;
}

char type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return '5';
    case S_IFLNK:
      return '2';
    case S_IFCHR:
      return '3';
    case S_IFBLK:
      return '4';
    case S_IFIFO:
      return '6';
    case S_IFREG:
      return '0';
    default:
      return 0;  // a socket
  }
}

Task<void> TreeTar::whiteout(std::string path) {
  size_t slash = path.rfind('/');
  size_t at = slash == path.npos ? 0 : slash + 1;
  TarMember member;
  member.name = path.substr(0, at) + ".wh." + path.substr(at);
  member.mode = 0;
  std::string header = tar_header(member);
  co_await to_.write(header);
}

Task<void> TreeTar::entry(FdView dir, std::string name, std::string path, bool upper) {
  std::optional<struct stat> found = sys::stat_if_exists(dir, name, AT_SYMLINK_NOFOLLOW);
  if (!found) co_return;  // removed by a container that runs on
  const struct stat& status = *found;
  if (upper && S_ISCHR(status.st_mode) && status.st_rdev == 0) {
    co_await whiteout(std::move(path));
    co_return;
  }
  TarMember member = member_of(status, std::move(path));
  member.type = type_of(status.st_mode);
  if (!member.type) co_return;
  if (member.type == '5') {
    co_await subdirectory(dir, std::move(name), std::move(member), upper);
    co_return;
  }
  if (status.st_nlink > 1 && is_linked(status, member)) {
    std::string header = tar_header(member);
    co_await to_.write(header);
    co_return;
  }
  if (member.type == '0') {
    member.bytes = static_cast<uint64_t>(status.st_size);
    co_await file(dir, std::move(name), std::move(member), upper);
    co_return;
  }
  if (member.type == '2') member.link = sys::readlinkat(dir, name);
  member.major = major(status.st_rdev);
  member.minor = minor(status.st_rdev);
  std::string header = tar_header(member);
  co_await to_.write(header);
}

// True, and the member is a link, when another name of the file was written before.
bool TreeTar::is_linked(const struct stat& status, TarMember& member) {
  auto [found, is_new] = links_.emplace(std::pair(status.st_dev, status.st_ino), member.name);
  if (is_new) return false;
  member.type = '1';
  member.link = found->second;
  return true;
}

Fd TreeTar::from_merged(const std::string& path, int flags) {
  return sys::openat2(options_.merged, path, static_cast<uint64_t>(flags), RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

Task<void> TreeTar::subdirectory(FdView dir, std::string name, TarMember member, bool upper) {
  require_walkable(member.name);
  Fd inside = sys::openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  std::string prefix = member.name + "/";
  member.name = prefix;
  member.xattrs = xattrs_of(inside);
  bool opaque = upper && has_xattr(inside, opaque_xattr);
  // A directory that was renamed holds only what changed in it, and says where the rest is: all of it is written.
  bool redirected = upper && options_.merged && has_xattr(inside, redirect_xattr);
  std::string header = tar_header(member);
  if (opaque || redirected) {
    TarMember marker;
    marker.name = prefix + ".wh..wh..opq";
    header += tar_header(marker);
  }
  co_await to_.write(header);
  if (redirected) inside = from_merged(prefix.substr(0, prefix.size() - 1), O_RDONLY | O_DIRECTORY);
  co_await directory(inside, prefix, upper && !redirected);
}

Task<void> TreeTar::file(FdView dir, std::string name, TarMember member, bool upper) {
  Fd opened = sys::openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  member.xattrs = xattrs_of(opened);
  if (upper && options_.merged && has_xattr(opened, metacopy_xattr))
    opened = from_merged(member.name, O_RDONLY | O_NONBLOCK);
  std::string header = tar_header(member);
  co_await to_.write(header);
  co_await content(opened, member.bytes);
}

// Exactly as many bytes as the header said, whatever the container does to the file meanwhile.
Task<void> TreeTar::content(FdView file, uint64_t bytes) {
  uint64_t left = bytes;
  while (left > 0) {
    size_t wanted = static_cast<size_t>(std::min<uint64_t>(left, buffer_.size()));
    ssize_t count = sys::retry([&] { return ::read(file.get(), buffer_.data(), wanted); });
    if (count < 0) throw Error::sys("read");
    if (count == 0) {
      std::fill_n(buffer_.begin(), wanted, std::byte{0});
      count = static_cast<ssize_t>(wanted);
    }
    co_await to_.write(std::span<const std::byte>(buffer_).first(static_cast<size_t>(count)));
    left -= static_cast<uint64_t>(count);
    co_await io::yield();
  }
  std::string padding = tar_padding(bytes);
  if (!padding.empty()) co_await to_.write(padding);
}

}  // namespace

Task<void> write_tree_tar(FdView root, TreeTarOptions options, ByteSink& to) {
  TreeTar tar(options, to);
  Fd dir = sys::openat(root, ".", O_RDONLY | O_DIRECTORY);
  co_await tar.directory(dir, "", options.overlay_upper);
  std::string end = tar_end();
  co_await to.write(end);
}

}  // namespace ccocker::registry
