#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "loop/fd.h"
#include "loop/task.h"
#include "registry/descriptor.h"
#include "registry/digest.h"
#include "registry/staging.h"

namespace ccocker::registry {

struct UnpackedLayer;

// Takes one layer's blob as it comes from the network and unpacks it into the store: the blob is hashed, decoded by
// its magic bytes (gzip, zstd, xz, bzip2 or plain, whatever its media type says), hashed again (the DiffID) and written
// as a tree in a staging directory. Destroyed unfinished, it leaves nothing behind. Made by Store::begin_layer.
class LayerWriter {
 public:
  using Publish = std::function<void(const Digest& diff_id, Fd locked_layer)>;  // told once the layer is in the store
  LayerWriter(FdView root, StagingEntry staging, Descriptor blob, Digest diff_id, Publish publish);
  LayerWriter(const LayerWriter&) = delete;
  LayerWriter& operator=(const LayerWriter&) = delete;
  ~LayerWriter();

  // The next bytes of the blob, in pieces of any size; turns the loop every millisecond or so. Errc::corrupt for what
  // no encoder writes, for more bytes than the descriptor says, for bombs and for names that leave the layer.
  Task<void> write(std::span<const std::byte> compressed);

  // The blob is complete: its size, its digest and the DiffID must be what was asked for (Errc::corrupt with both
  // digests). The layer is on the disk and published with one rename when this gives back.
  Task<void> finish();

 private:
  struct Work;
  Work& work();
  Fd publish(Work& layer, const UnpackedLayer& unpacked);

  FdView root_;
  std::unique_ptr<Work> work_;  // null once failed or finished
  Publish publish_;
};

}  // namespace ccocker::registry
