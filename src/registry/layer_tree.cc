#include "registry/layer_tree.h"

#include <fmt/format.h>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::registry {

Fd make_layer_tree(FdView staging) {
  sys::mkdirat(staging, "tree", 0755);
  Fd tree = sys::open_dir(staging, "tree");
  sys::fchmod(tree, 0755);  // whatever the umask is, and without an inherited set-group-ID bit
  return tree;
}

LayerTree::LayerTree(FdView staging)
    : tree_(make_layer_tree(staging)), record_(staging), writer_(tree_, staging), unpacker_(writer_) {
  writer_.tell(record_);
}

void LayerTree::feed(std::span<const std::byte> tar) {
  tar_bytes_ += tar.size();
  check_limits();
  record_.take(tar);
  unpacker_.feed(tar);
}

bool LayerTree::step() { return unpacker_.step(); }

// The record is on the disk with the tree: the whole file system is synced before the layer is published.
bool LayerTree::finish() {
  if (!unpacker_.finish()) return false;
  record_.finish();
  return true;
}

void LayerTree::check_limits() {
  if (writer_.entries() > layer_entries_max)
    throw Error(Errc::corrupt, fmt::format("the layer has more than {} entries", layer_entries_max));
  space_.check(tree_, tar_bytes_, "unpacking");
}

}  // namespace ccocker::registry
