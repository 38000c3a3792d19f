#include "runtime/copy/tree_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr mode_t permissions = 07777;

std::string parent_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

timespec omit_time() { return {.tv_sec = 0, .tv_nsec = UTIME_OMIT}; }

}  // namespace

std::optional<Fd> open_in_root(FdView root, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  constexpr unsigned races_max = 100;  // EAGAIN: a rename nearby meanwhile (openat2(2))
  long fd = -1;
  for (unsigned race = 0; race < races_max; ++race) {
    fd = sys::retry([&] { return ::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how); });
    if (fd >= 0 || errno != EAGAIN) break;
  }
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (fd < 0) throw Error::sys("openat2", path);
  return Fd(static_cast<int>(fd));
}

TreeSink::TreeSink(FdView root, std::string top, TreeSinkOptions options)
    : root_(root), top_(std::move(top)), options_(std::move(options)) {
  while (top_.size() > 1 && top_.ends_with('/')) top_.pop_back();
}

std::string TreeSink::full_path(const std::string& path) const {
  if (path.empty()) return top_;
  return (top_ == "/" ? "" : top_) + "/" + path;
}

// Made when it is missing: a tar need not name its directories.
Fd TreeSink::open_parent(const std::string& path) const {
  std::optional<Fd> there = open_in_root(root_, path, O_PATH | O_DIRECTORY);
  if (there) return std::move(*there);
  if (path == "/") throw Error(Errc::not_found, options_.label + "/ is not there");
  Fd above = open_parent(parent_of(path));
  sys::mkdirat_if_missing(above, name_of(path), 0755);
  there = open_in_root(root_, path, O_PATH | O_DIRECTORY);
  if (!there) throw Error(Errc::conflict, fmt::format("{}{} is not a directory", options_.label, path));
  return std::move(*there);
}

TreeSink::Place TreeSink::place_of(const std::string& path) {
  std::string full = full_path(path);
  if (parent_of(full) != parent_path_) {
    parent_ = open_parent(parent_of(full));
    parent_path_ = parent_of(full);
  }
  return {parent_, name_of(full)};
}

void TreeSink::make_way(const Place& place, const CopyEntry& entry) const {
  std::optional<struct stat> there = sys::stat_if_exists(place.parent, place.name, AT_SYMLINK_NOFOLLOW);
  if (!there) return;
  bool was_directory = S_ISDIR(there->st_mode), is_directory = S_ISDIR(entry.mode);
  if (was_directory && is_directory) return;
  if (was_directory)
    throw Error(Errc::conflict, fmt::format("cannot overwrite directory {} with non-directory", shown(entry.path)));
  if (is_directory)
    throw Error(Errc::conflict, fmt::format("cannot overwrite non-directory {} with directory", shown(entry.path)));
  sys::unlinkat_if_exists(place.parent, place.name);
}

void TreeSink::begin(const CopyEntry& entry) {
  entry_ = entry;
  if (entry.path.empty() && options_.top_is_there) return;
  Place place = place_of(entry.path);
  try {
    make_way(place, entry);
    if (S_ISDIR(entry.mode))
      make_directory(place, entry);
    else if (!entry.hard_link.empty())
      make_hard_link(place, entry);
    else if (S_ISREG(entry.mode))
      make_file(place);
    else if (S_ISLNK(entry.mode))
      make_symlink(place, entry);
    else
      make_node(place, entry);
  } catch (Error& error) {
    if (error.code() == Errc::conflict) throw;
    throw std::move(error).in(shown(entry.path));
  }
}

void TreeSink::make_directory(const Place& place, const CopyEntry& entry) {
  sys::mkdirat_if_missing(place.parent, place.name, 0700);
  Fd directory = sys::openat(place.parent, place.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  set_attributes(directory, entry);
  directory_times_.emplace_back(entry.path, entry.modified);
}

void TreeSink::make_file(const Place& place) {
  file_ = sys::openat(place.parent, place.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
}

void TreeSink::make_hard_link(const Place& place, const CopyEntry& entry) {
  std::string target = full_path(entry.hard_link);
  Fd parent = open_parent(parent_of(target));
  sys::linkat(parent, name_of(target), place.parent, place.name);
}

void TreeSink::make_symlink(const Place& place, const CopyEntry& entry) const {
  sys::symlinkat(entry.link_target, place.parent, place.name);
  Owner owner = owner_of(entry);
  if (::fchownat(place.parent.get(), place.name.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0)
    throw Error::sys("fchownat");
  timespec times[] = {omit_time(), entry.modified};
  static_cast<void>(::utimensat(place.parent.get(), place.name.c_str(), times, AT_SYMLINK_NOFOLLOW));
}

void TreeSink::make_node(const Place& place, const CopyEntry& entry) const {
  sys::mknodat(place.parent, place.name, entry.mode, entry.device);
  Owner owner = owner_of(entry);
  if (::fchownat(place.parent.get(), place.name.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0)
    throw Error::sys("fchownat");
  timespec times[] = {omit_time(), entry.modified};
  static_cast<void>(::utimensat(place.parent.get(), place.name.c_str(), times, AT_SYMLINK_NOFOLLOW));
}

Owner TreeSink::owner_of(const CopyEntry& entry) const { return options_.owner.value_or(Owner{entry.uid, entry.gid}); }

// In this order: a change of owner takes set-user-ID bits and capabilities away.
void TreeSink::set_attributes(FdView object, const CopyEntry& entry) const {
  Owner owner = owner_of(entry);
  if (::fchown(object.get(), owner.uid, owner.gid) < 0) throw Error::sys("fchown");
  sys::fchmod(object, entry.mode & permissions);
  for (const auto& [name, value] : entry.xattrs) {
    int result = ::fsetxattr(object.get(), name.c_str(), value.data(), value.size(), 0);
    if (result < 0 && errno != EOPNOTSUPP) throw Error::sys("fsetxattr", name);
  }
}

void TreeSink::write(uint64_t offset, std::span<const std::byte> bytes) {
  while (file_ && !bytes.empty()) {
    ssize_t count =
        sys::retry([&] { return ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) throw Error::sys("write", shown(entry_.path));
    offset += static_cast<uint64_t>(count);
    content_bytes_ += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void TreeSink::end() {
  if (!file_) return;
  Fd file = std::move(file_);
  try {
    sys::ftruncate(file, entry_.size_bytes);  // what ends in a hole
    set_attributes(file, entry_);
    timespec times[] = {omit_time(), entry_.modified};
    static_cast<void>(::futimens(file.get(), times));
  } catch (Error& error) {
    throw std::move(error).in(shown(entry_.path));
  }
}

void TreeSink::finish() {
  for (auto directory = directory_times_.rbegin(); directory != directory_times_.rend(); ++directory) {
    std::optional<Fd> it = open_in_root(root_, full_path(directory->first), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    timespec times[] = {omit_time(), directory->second};
    if (it) static_cast<void>(::futimens(it->get(), times));
  }
}

}  // namespace ccocker::runtime
