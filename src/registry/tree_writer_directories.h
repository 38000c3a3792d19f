#pragma once
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "loop/fd.h"

namespace ccocker::registry {

using OpenDirectory = std::shared_ptr<const Fd>;

// The directories of a tree that is being written: opened below its root and nowhere else, the last used ones kept
// open. A path through a link that the tree itself holds is resolved as if the tree were "/".
class TreeDirectories {
 public:
  static constexpr size_t open_max = 32;

  explicit TreeDirectories(FdView root);

  // The directory at `path` (clean; "" is the root). Missing ones are made, 0755 and owned by root, as Docker does.
  // Errc::corrupt when something that is not a directory is in the way.
  OpenDirectory open(std::string_view path);
  OpenDirectory open_if_exists(std::string_view path);  // null when it is not there
  // Something that may have been on the way to a directory was removed.
  void forget_all();

  // True when a new entry may not belong to 0:0 (a set-group-ID directory hands its group down), so that owners must
  // always be set.
  bool owners_inherited() const { return owners_inherited_; }
  void note_set_group_id() { owners_inherited_ = true; }

 private:
  struct Cached {
    std::string path;
    OpenDirectory directory;
    uint64_t last_used = 0;
  };
  Cached* find_cached(std::string_view path);
  OpenDirectory remember(std::string_view path, Fd fd);
  Fd make_all(const std::string& path);
  Fd enter_or_make(FdView parent, const std::string& prefix);

  OpenDirectory root_;
  std::array<Cached, open_max> cache_;
  Cached* last_ = nullptr;
  uint64_t uses_ = 0;
  bool owners_inherited_ = false;
};

// What overlayfs takes for "this name is gone" and for "nothing of the lower directory shows through"
// (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
bool is_overlay_whiteout(FdView parent, const std::string& name);
void make_overlay_opaque(FdView directory);

}  // namespace ccocker::registry
