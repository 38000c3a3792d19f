#include "runtime/diff.h"

#include <fcntl.h>
#include <sys/xattr.h>

#include <algorithm>
#include <set>

#include "loop/sys.h"
#include "loop/tree_levels.h"

namespace ccocker::runtime {
namespace {

using Status = std::optional<struct stat>;

bool is_whiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == 0; }

// A directory that hides what lower layers have at its place.
bool is_opaque(const std::string& dir) {
  for (const char* name : {"trusted.overlay.opaque", "user.overlay.opaque"}) {
    char value = 0;
    if (::lgetxattr(dir.c_str(), name, &value, 1) == 1 && value == 'y') return true;
  }
  return false;
}

Status look(const std::string& path) { return sys::stat_if_exists(sys::cwd(), path, AT_SYMLINK_NOFOLLOW); }

enum class Found { here, hidden, below };  // in this layer; not in this or any lower one; perhaps in a lower one

// Looks for `path` ("/a/b") in one layer, component by component: each may end the search for all layers below.
Found look_in_layer(const std::string& layer, const std::string& path, Status& out) {
  bool opaque = false;
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    std::string part = layer + path.substr(0, end);
    Status status = look(part);
    if (!status) return opaque ? Found::hidden : Found::below;
    if (is_whiteout(*status)) return Found::hidden;
    if (end == path.npos) {
      out = status;
      return Found::here;
    }
    if (!S_ISDIR(status->st_mode)) return Found::hidden;
    opaque |= is_opaque(part);
  }
}

class Diff {
 public:
  Diff(const std::string& upper, const std::vector<std::string>& lower_dirs, const std::vector<std::string>& ignored)
      : upper_(upper), lower_dirs_(lower_dirs), ignored_(ignored.begin(), ignored.end()) {}

  std::vector<Change> changes() {
    std::optional<Fd> top = sys::open_if_exists(sys::cwd(), upper_, O_RDONLY | O_DIRECTORY);
    if (top) walk(*top, "", true);
    std::sort(found_.begin(), found_.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  Status lower(const std::string& path) const {
    Status status;
    for (auto layer = lower_dirs_.rbegin(); layer != lower_dirs_.rend(); ++layer) {
      Found found = look_in_layer(*layer, path, status);
      if (found == Found::here) return status;
      if (found == Found::hidden) return std::nullopt;
    }
    return std::nullopt;
  }

  // Names that the lower layers have in `path`, less what they hide from each other.
  std::vector<std::string> lower_names(const std::string& path) const {
    std::set<std::string> names;
    for (const std::string& layer : lower_dirs_) {
      std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), layer + path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (!dir) continue;
      for (std::string& name : sys::list_dir(*dir)) names.insert(std::move(name));
    }
    std::erase_if(names, [&](const std::string& name) { return !lower(path + "/" + name); });
    return {names.begin(), names.end()};
  }

  void add(Change::Kind kind, const std::string& path) { found_.push_back({kind, path}); }
  bool is_ignored(const std::string& path) const { return ignored_.contains(path); }

  // `merged`: lower layers show through here.
  void walk(FdView dir, const std::string& path, bool merged) {
    std::set<std::string> seen;
    for (const std::string& name : sys::list_dir(dir)) {
      Status status = sys::stat_if_exists(dir, name, AT_SYMLINK_NOFOLLOW);
      if (!status) continue;
      seen.insert(name);
      if (!is_ignored(path + "/" + name)) entry(dir, name, path + "/" + name, *status);
    }
    if (merged || path.empty()) return;
    // An opaque directory stands where another one was: what that one had is gone.
    for (const std::string& name : lower_names(path))
      if (!seen.contains(name)) add(Change::Kind::deleted, path + "/" + name);
  }

  void entry(FdView dir, const std::string& name, const std::string& path, const struct stat& status) {
    Status before = lower(path);
    if (is_whiteout(status)) {
      if (before) add(Change::Kind::deleted, path);
      return;
    }
    if (!S_ISDIR(status.st_mode)) return add(before ? Change::Kind::changed : Change::Kind::added, path);
    require_walkable(path);
    size_t own = found_.size();
    bool directory_before = before && S_ISDIR(before->st_mode);
    std::optional<Fd> below = sys::open_if_exists(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    bool opaque = is_opaque(upper_ + path);
    if (below) walk(*below, path, !directory_before || !opaque);
    bool touched = !before || opaque || found_.size() > own || differs(*before, status);
    if (touched) add(before ? Change::Kind::changed : Change::Kind::added, path);
  }

  // Times alone do not count: a directory gets a new one when a mount point is made in it.
  static bool differs(const struct stat& a, const struct stat& b) {
    return a.st_mode != b.st_mode || a.st_uid != b.st_uid || a.st_gid != b.st_gid;
  }

  std::string upper_;
  const std::vector<std::string>& lower_dirs_;
  std::set<std::string> ignored_;
  std::vector<Change> found_;
};

}  // namespace

std::vector<Change> overlay_changes(const std::string& upper, const std::vector<std::string>& lower_dirs,
                                    const std::vector<std::string>& ignored) {
  return Diff(upper, lower_dirs, ignored).changes();
}

std::vector<Change> container_changes(const std::string& root, const ContainerRecord& record) {
  static const std::vector<std::string> ours = {"/dev",       "/proc",         "/sys",       "/etc/resolv.conf",
                                                "/etc/hosts", "/etc/hostname", "/.dockerenv"};
  return overlay_changes(container_dir(root, record.container.id) + "/upper", record.spec.lower_dirs, ours);
}

}  // namespace ccocker::runtime
