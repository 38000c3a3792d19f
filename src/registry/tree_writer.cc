#include "registry/tree_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/tar_record.h"
#include "registry/tree_writer_path.h"
#include "registry/tree_writer_xattrs.h"
#include "registry/whiteout.h"

namespace ccocker::registry {
namespace {

constexpr mode_t permission_bits = 0777;
constexpr mode_t special_bits = 07000;  // set-user-ID, set-group-ID, sticky

[[noreturn]] void fail_here(const char* call) { throw Error::sys(call); }

void pwrite_all(FdView file, std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    ssize_t count =
        sys::retry([&] { return ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) fail_here("pwrite");
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

struct TimePair {
  timespec access_and_modification[2];
  explicit TimePair(timespec time) : access_and_modification{time, time} {}
};

void set_times(FdView parent, const std::string& name, timespec modified) {
  TimePair times(modified);
  if (::utimensat(parent.get(), name.c_str(), times.access_and_modification, AT_SYMLINK_NOFOLLOW) < 0)
    fail_here("utimensat");
}

// What a full or read-only disk means for the reader of the message.
Error explained(Error error) {
  if (error.errno_value() == ENOSPC)
    return std::move(error).advise(
        "the file system has no blocks or no inodes left: free some, or pass another --root");
  if (error.errno_value() == EROFS) return std::move(error).advise("pass a --root that can be written");
  if (error.errno_value() == EPERM)
    return std::move(error).advise("unpacking owners and devices takes root outside of a user namespace");
  return error;
}

}  // namespace

TreeWriter::TreeWriter(FdView root, FdView spill_dir) : directories_(root), times_(spill_dir) {}

void TreeWriter::begin(const TreeEntry& entry) {
  entry_ = &entry;
  try {
    path_ = clean_path(entry.name);
    ++entries_;
    if (path_.empty()) return set_root_attributes(entry);
    if (write_whiteout(directories_, path_)) return;
    dispatch(entry);
  } catch (Error& error) {
    throw explained(std::move(error)).in(printable_name(entry.name));
  }
}

void TreeWriter::write(uint64_t offset, std::span<const std::byte> bytes) {
  if (!file_) return;  // an entry without content that its tar gives some: a hard link
  try {
    pwrite_all(file_, bytes, offset);
  } catch (Error& error) {
    throw explained(std::move(error)).in(printable_name(entry_->name));
  }
  file_end_ = offset + bytes.size();
}

void TreeWriter::end() {
  if (!file_) return;
  try {
    finish_file();
  } catch (Error& error) {
    throw explained(std::move(error)).in(printable_name(entry_->name));
  }
}

void TreeWriter::dispatch(const TreeEntry& entry) {
  if (!entry.hard_link.empty()) return write_hard_link(entry);
  switch (entry.mode & S_IFMT) {
    case S_IFREG:
      return begin_file(entry);
    case S_IFDIR:
      return write_directory(entry);
    case S_IFLNK:
      return write_symlink(entry);
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
      return write_node(entry);
    default:
      throw Error(Errc::corrupt, fmt::format("an entry of unknown type {:o}", entry.mode & S_IFMT));
  }
}

TreeWriter::Place TreeWriter::place_of(std::string_view path) {
  return {directories_.open(parent_of(path)), std::string(base_name_of(path))};
}

// `make` gives the result of a system call that fails with EEXIST; what was there is removed then, as in Docker.
template <typename Make>
void TreeWriter::make_replacing(const Place& place, const char* call, Make make) {
  if (make() >= 0) return;
  if (errno != EEXIST) fail_here(call);
  remove_existing(place);
  if (make() < 0) fail_here(call);
}

void TreeWriter::remove_existing(const Place& place) {
  if (!record_ || !record_->put_aside(entries_, path_, *place.parent, place.name))
    sys::remove_tree(*place.parent, place.name);
  directories_.forget_all();  // it may have been a directory, or a link to one
}

void TreeWriter::begin_file(const TreeEntry& entry) {
  Place place = place_of(path_);
  make_replacing(place, "openat", [&] {
    int fd = ::openat(place.parent->get(), place.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      entry.mode & permission_bits);
    if (fd >= 0) file_ = Fd(fd);
    return fd;
  });
  file_end_ = 0;
  content_bytes_ += entry.size_bytes;
  if (record_ && entry.size_bytes > 0) record_->file(entries_, path_);
}

// In this order: a new owner clears set-user-ID bits, and a new owner and each write clear file capabilities.
void TreeWriter::finish_file() {
  const TreeEntry& entry = *entry_;
  if (file_end_ < entry.size_bytes) sys::ftruncate(file_, entry.size_bytes);
  if ((entry.uid || entry.gid || directories_.owners_inherited()) && ::fchown(file_.get(), entry.uid, entry.gid) < 0)
    fail_here("fchown");
  if (entry.mode & special_bits) sys::fchmod(file_, entry.mode & (permission_bits | special_bits));
  for (const auto& [name, value] : entry.xattrs) set_file_xattr(file_, name, value);
  TimePair times(entry.modified);
  if (::futimens(file_.get(), times.access_and_modification) < 0) fail_here("futimens");
  file_.reset();
}

void TreeWriter::write_directory(const TreeEntry& entry) {
  Place place = place_of(path_);
  bool kept = false;
  bool was_whiteout = false;
  if (::mkdirat(place.parent->get(), place.name.c_str(), entry.mode & permission_bits) < 0) {
    if (errno != EEXIST) fail_here("mkdirat");
    struct stat existing = sys::fstatat(*place.parent, place.name, AT_SYMLINK_NOFOLLOW);
    kept = S_ISDIR(existing.st_mode);
    was_whiteout = !kept && is_overlay_whiteout(*place.parent, place.name);
    if (!kept) {
      remove_existing(place);
      sys::mkdirat(*place.parent, place.name, entry.mode & permission_bits);
    }
  }
  if (entry.mode & S_ISGID) directories_.note_set_group_id();
  if (kept || entry.uid || entry.gid || directories_.owners_inherited()) {
    if (::fchownat(place.parent->get(), place.name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) < 0)
      fail_here("fchownat");
  }
  // A directory inside a set-group-ID one is born with that bit.
  if (kept || (entry.mode & special_bits) || directories_.owners_inherited()) {
    if (::fchmodat(place.parent->get(), place.name.c_str(), entry.mode & (permission_bits | special_bits), 0) < 0)
      fail_here("fchmodat");
  }
  if (was_whiteout || !entry.xattrs.empty()) {
    Fd directory = sys::openat(*place.parent, place.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (was_whiteout) make_overlay_opaque(directory);
    for (const auto& [name, value] : entry.xattrs) set_file_xattr(directory, name, value);
  }
  times_.add(path_, entry.modified);
}

void TreeWriter::set_root_attributes(const TreeEntry& entry) {
  if (!S_ISDIR(entry.mode)) throw Error(Errc::corrupt, "an entry that is not a directory takes the place of the root");
  OpenDirectory root = directories_.open("");
  if (::fchown(root->get(), entry.uid, entry.gid) < 0) fail_here("fchown");
  sys::fchmod(*root, entry.mode & (permission_bits | special_bits));
  if (entry.gid || (entry.mode & S_ISGID)) directories_.note_set_group_id();
  for (const auto& [name, value] : entry.xattrs) set_file_xattr(*root, name, value);
  times_.add("", entry.modified);
}

void TreeWriter::write_hard_link(const TreeEntry& entry) {
  std::string target = clean_path(entry.hard_link);
  if (target.empty() || target == path_)
    throw Error(Errc::corrupt, fmt::format("a hard link to {}", target.empty() ? "the root" : "itself"));
  Place place = place_of(path_);
  OpenDirectory target_parent = directories_.open_if_exists(parent_of(target));
  std::string target_name(base_name_of(target));
  auto link = [&] {
    if (!target_parent) return errno = ENOENT, -1;
    return ::linkat(target_parent->get(), target_name.c_str(), place.parent->get(), place.name.c_str(), 0);
  };
  if (link() >= 0) return;
  if (errno == EEXIST) {
    remove_existing(place);
    if (link() >= 0) return;
  }
  // EPERM: the target is a directory.
  if (errno != ENOENT && errno != EPERM) fail_here("linkat");
  throw Error(Errc::corrupt,
              fmt::format("a hard link to {}, which is not a file of the same layer", printable_name(target)));
}

void TreeWriter::write_symlink(const TreeEntry& entry) {
  Place place = place_of(path_);
  make_replacing(place, "symlinkat",
                 [&] { return ::symlinkat(entry.symlink_target.c_str(), place.parent->get(), place.name.c_str()); });
  set_attributes(place, entry);
}

void TreeWriter::write_node(const TreeEntry& entry) {
  Place place = place_of(path_);
  mode_t mode = entry.mode & (S_IFMT | permission_bits);
  make_replacing(place, "mknodat",
                 [&] { return ::mknodat(place.parent->get(), place.name.c_str(), mode, entry.device); });
  set_attributes(place, entry);
  if (entry.mode & special_bits) {
    if (::fchmodat(place.parent->get(), place.name.c_str(), entry.mode & (permission_bits | special_bits), 0) < 0)
      fail_here("fchmodat");
  }
}

// Of what has no descriptor to write through.
void TreeWriter::set_attributes(const Place& place, const TreeEntry& entry) {
  if (entry.uid || entry.gid || directories_.owners_inherited()) {
    if (::fchownat(place.parent->get(), place.name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) < 0)
      fail_here("fchownat");
  }
  for (const auto& [name, value] : entry.xattrs) set_link_xattr(*place.parent, place.name, name, value);
  set_times(*place.parent, place.name, entry.modified);
}

void TreeWriter::finish() {
  times_.for_each([this](const std::string& path, timespec modified) {
    OpenDirectory parent = directories_.open_if_exists(parent_of(path));
    std::string name(path.empty() ? "." : base_name_of(path));
    TimePair times(modified);
    // A later entry may have replaced it.
    if (parent && ::utimensat(parent->get(), name.c_str(), times.access_and_modification, AT_SYMLINK_NOFOLLOW) < 0 &&
        errno != ENOENT)
      throw Error::sys("utimensat", printable_name(path));
  });
}

ZeroUmask::ZeroUmask() : previous_(::umask(0)) {}
ZeroUmask::~ZeroUmask() { ::umask(previous_); }

}  // namespace ccocker::registry
