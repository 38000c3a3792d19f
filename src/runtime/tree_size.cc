#include "runtime/tree_size.h"

#include <fcntl.h>

#include <set>
#include <utility>

#include "loop/sys.h"
#include "loop/tree_levels.h"

namespace ccocker::runtime {
namespace {

using Seen = std::set<std::pair<dev_t, ino_t>>;

// What is deeper than anybody walks is not counted.
uint64_t bytes_below(FdView dir, Seen& seen, size_t level) {
  uint64_t total = 0;
  for (const std::string& name : sys::list_dir(dir)) {
    std::optional<struct stat> status = sys::stat_if_exists(dir, name, AT_SYMLINK_NOFOLLOW);
    if (!status) continue;
    bool again =
        status->st_nlink > 1 && !S_ISDIR(status->st_mode) && !seen.emplace(status->st_dev, status->st_ino).second;
    if (again) continue;
    if (S_ISREG(status->st_mode) || S_ISLNK(status->st_mode)) total += static_cast<uint64_t>(status->st_size);
    if (!S_ISDIR(status->st_mode)) continue;
    std::optional<Fd> below = sys::open_if_exists(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (below && level < tree_levels_max) total += bytes_below(*below, seen, level + 1);
  }
  return total;
}

}  // namespace

uint64_t tree_bytes(const std::string& path) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), path, O_RDONLY | O_DIRECTORY);
  Seen seen;
  return dir ? bytes_below(*dir, seen, 0) : 0;
}

}  // namespace ccocker::runtime
