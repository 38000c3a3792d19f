#pragma once
// What a container changed in its root, against its image.
#include <string>
#include <vector>

#include "runtime/record.h"

namespace ccocker::runtime {

struct Change {
  enum class Kind : char { changed = 'C', added = 'A', deleted = 'D' };
  Kind kind;
  std::string path;  // absolute, as inside
};

// From the overlay's upper directory (Documentation/filesystems/overlayfs.rst): sorted by path. What ccocker itself
// puts into every root (mount points of /proc, /dev, /etc/hosts...) does not count.
std::vector<Change> container_changes(const std::string& root, const ContainerRecord& record);

// The same for any overlay; `lower_dirs` are lowest first.
std::vector<Change> overlay_changes(const std::string& upper, const std::vector<std::string>& lower_dirs,
                                    const std::vector<std::string>& ignored);

}  // namespace ccocker::runtime
