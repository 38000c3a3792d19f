#pragma once
#include <functional>

#include "loop/fd.h"
#include "loop/task.h"
#include "registry/byte_sink.h"

namespace ccocker::registry {

struct TreeTarOptions {
  // The tree is an overlay's upper directory: what it hides becomes whiteouts (.wh.NAME, .wh..wh..opq), its own
  // bookkeeping is left out, and files and directories that only point into lower ones are taken from `merged`.
  bool overlay_upper = false;
  FdView merged;  // the whole overlay
};

// Writes the tree below `root` as a tar, sorted by name: files with their holes filled, directories, links (hard ones
// too), devices and fifos, with owners, modes, whole seconds and extended attributes. Sockets are left out, as in
// Docker. The root itself has no entry.
Task<void> write_tree_tar(FdView root, TreeTarOptions options, ByteSink& to);

}  // namespace ccocker::registry
