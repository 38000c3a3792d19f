#include "registry/layer_tree.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::registry {
namespace {

constexpr uint64_t space_check_step_bytes = 64ull << 20;

}  // namespace

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
  if (tar_bytes_ >= next_space_check_) check_free_space();
}

void LayerTree::check_free_space() {
  next_space_check_ = tar_bytes_ + space_check_step_bytes;
  struct statvfs space;
  if (::fstatvfs(tree_.get(), &space) < 0) throw Error::sys("fstatvfs");
  uint64_t free_bytes = uint64_t{space.f_bavail} * space.f_frsize;
  if (free_bytes >= disk_reserve_bytes) return;
  throw Error::sys("unpacking", {}, ENOSPC)
      .advise(fmt::format("{} MiB are left on the file system of the root: free some, or pass another --root",
                          free_bytes >> 20));
}

}  // namespace ccocker::registry
