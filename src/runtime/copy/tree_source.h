#pragma once
#include <set>
#include <string>
#include <utility>

#include "loop/fd.h"
#include "runtime/copy/entry.h"

namespace ccocker::runtime {

// Directories whose content is not copied when a walk comes by them: the kernel's own filesystems in a running
// container's root.
using SkippedDirectories = std::set<std::pair<dev_t, ino_t>>;

// Hands the object behind `top` (O_PATH) and, when it is a directory, all below it to `sink`, sorted by name. Nothing
// is followed: what a hostile tree swaps meanwhile is copied as what it is, never as what it points to. Sockets are
// left out, as in Docker. Of extended attributes "user." and file capabilities are taken along.
void copy_tree(FdView top, const SkippedDirectories& skipped, EntrySink& sink);

}  // namespace ccocker::runtime
