#include "runtime/copy/tree_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "loop/sys.h"
#include "loop/tree_levels.h"
#include "runtime/descriptor_limit.h"

namespace ccocker::runtime {
namespace {

constexpr size_t block_bytes = 256u << 10;

// The object behind an O_PATH descriptor by a path that cannot be swapped.
std::string by_descriptor(FdView object) { return fmt::format("/proc/self/fd/{}", object.get()); }

bool is_wanted(std::string_view xattr) { return xattr.starts_with("user.") || xattr == "security.capability"; }

void read_xattrs(FdView object, CopyEntry& entry) {
  std::string path = by_descriptor(object), names(XATTR_LIST_MAX, '\0'), value(XATTR_SIZE_MAX, '\0');
  ssize_t bytes = ::listxattr(path.c_str(), names.data(), names.size());
  for (size_t at = 0; bytes > 0 && at < static_cast<size_t>(bytes);) {
    std::string name = names.c_str() + at;
    at += name.size() + 1;
    if (!is_wanted(name)) continue;
    ssize_t count = ::getxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (count >= 0) entry.xattrs.emplace_back(name, value.substr(0, static_cast<size_t>(count)));
  }
}

class Walk {
 public:
  Walk(const SkippedDirectories& skipped, EntrySink& sink) : skipped_(skipped), sink_(sink) {}

  void object(FdView it, const std::string& path) {
    struct stat status {};
    if (::fstatat(it.get(), "", &status, AT_EMPTY_PATH) < 0) throw Error::sys("fstatat", path);
    if (S_ISSOCK(status.st_mode)) return;
    CopyEntry entry = entry_of(it, path, status);
    bool content = S_ISREG(status.st_mode) && entry.hard_link.empty();
    // Opened before the entry is told of, so that a file which cannot be read leaves no empty one.
    Fd file = content ? sys::openat(sys::cwd(), by_descriptor(it), O_RDONLY | O_NOCTTY) : Fd();
    sink_.begin(entry);
    if (content) copy_content(file, entry.size_bytes);
    sink_.end();
    bool skipped = !path.empty() && skipped_.contains({status.st_dev, status.st_ino});
    if (S_ISDIR(status.st_mode) && !skipped) children(it, path);
  }

 private:
  CopyEntry entry_of(FdView it, const std::string& path, const struct stat& status) {
    CopyEntry entry;
    entry.path = path;
    entry.mode = status.st_mode;
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
    entry.device = status.st_rdev;
    entry.modified = status.st_mtim;
    if (S_ISREG(status.st_mode)) entry.size_bytes = static_cast<uint64_t>(status.st_size);
    if (S_ISLNK(status.st_mode)) entry.link_target = sys::readlinkat(it, "");
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) read_xattrs(it, entry);
    if (status.st_nlink > 1 && !S_ISDIR(status.st_mode)) {
      auto [seen, first] = names_.try_emplace({status.st_dev, status.st_ino}, path);
      if (!first) entry.hard_link = seen->second;
    }
    return entry;
  }

  // Data only: a file may be far longer than what it holds. What it grows by meanwhile is left out.
  void copy_content(FdView file, uint64_t size) {
    off_t end = static_cast<off_t>(size);
    for (off_t at = 0; at < end;) {
      off_t data = ::lseek(file.get(), at, SEEK_DATA);
      if (data < 0 && errno != ENXIO) data = at;  // filesystems without holes
      if (data < 0 || data >= end) return;
      off_t hole = ::lseek(file.get(), data, SEEK_HOLE);
      at = copy_range(file, data, hole < 0 ? end : std::min(hole, end));
    }
  }

  off_t copy_range(FdView file, off_t at, off_t end) {
    while (at < end) {
      size_t step = static_cast<size_t>(std::min<off_t>(end - at, block_bytes));
      ssize_t count = sys::retry([&] { return ::pread(file.get(), block_.data(), step, at); });
      if (count < 0) throw Error::sys("pread");
      if (count == 0) return end;  // it was cut meanwhile
      sink_.write(static_cast<uint64_t>(at), std::span(block_).first(static_cast<size_t>(count)));
      at += count;
    }
    return at;
  }

  void children(FdView directory, const std::string& path) {
    require_walkable(path);
    Fd opened = sys::openat(sys::cwd(), by_descriptor(directory), O_RDONLY | O_DIRECTORY);
    std::vector<std::string> names = sys::list_dir(opened);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      std::optional<Fd> child = sys::open_if_exists(opened, name, O_PATH | O_NOFOLLOW);
      if (child) object(*child, path.empty() ? name : path + "/" + name);
    }
  }

  const SkippedDirectories& skipped_;
  EntrySink& sink_;
  std::map<std::pair<dev_t, ino_t>, std::string> names_;  // of files with several
  std::vector<std::byte> block_ = std::vector<std::byte>(block_bytes);
};

}  // namespace

void copy_tree(FdView top, const SkippedDirectories& skipped, EntrySink& sink) {
  raise_descriptor_limit();  // two a level
  Walk(skipped, sink).object(top, "");
  sink.finish();
}

}  // namespace ccocker::runtime
