#include "runtime/tree_size.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <set>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

struct Walk {
  std::set<std::pair<dev_t, ino_t>> seen;  // of files with several names
  uint64_t bytes = 0;

  void directory(FdView dir) {
    for (const std::string& name : sys::list_dir(dir)) {
      std::optional<struct stat> status = sys::stat_if_exists(dir, name, AT_SYMLINK_NOFOLLOW);
      if (!status) continue;
      if (S_ISDIR(status->st_mode)) {
        std::optional<Fd> below = sys::open_if_exists(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (below) directory(*below);
      } else if (S_ISREG(status->st_mode)) {
        bool counted = status->st_nlink > 1 && !seen.emplace(status->st_dev, status->st_ino).second;
        if (!counted) bytes += static_cast<uint64_t>(status->st_size);
      }
    }
  }
};

}  // namespace

uint64_t tree_size(FdView dir) {
  Walk walk;
  walk.directory(sys::openat(dir, ".", O_RDONLY | O_DIRECTORY));
  return walk.bytes;
}

}  // namespace ccocker::runtime
