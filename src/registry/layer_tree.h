#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "loop/fd.h"
#include "registry/free_space.h"
#include "registry/tar_record.h"
#include "registry/tar_unpacker.h"
#include "registry/tree_writer.h"

namespace ccocker::registry {

// Real layers stay below a third of this; each entry is an inode that others on the disk will miss.
constexpr uint64_t layer_entries_max = 1'000'000;

// Makes the empty directory STAGING/tree that a layer is unpacked to.
Fd make_layer_tree(FdView staging);

// A layer's tar in, its tree and the record of its tar out.
class LayerTree {
 public:
  explicit LayerTree(FdView staging);  // makes STAGING/tree

  // The next bytes of the tar, which stay valid until `step` gives true. Errc::corrupt for too many entries and for
  // names that leave the layer, ENOSPC before the disk is full.
  void feed(std::span<const std::byte> tar);
  [[nodiscard]] bool step();    // false: there is more to do, call again after others had their turn
  [[nodiscard]] bool finish();  // no more input: like `step`; Errc::corrupt when the tar is cut off

  uint64_t content_bytes() const { return writer_.content_bytes(); }
  uint64_t entries() const { return writer_.entries(); }

 private:
  void check_limits();

  Fd tree_;
  TarRecordWriter record_;
  TreeWriter writer_;
  TarUnpacker unpacker_;
  uint64_t tar_bytes_ = 0;
  FreeSpaceWatch space_;
};

}  // namespace ccocker::registry
