#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "loop/fd.h"
#include "registry/digest.h"

namespace ccocker::registry {

// The tar of a stored layer, put together again from its tree and what was kept of it. Every byte is hashed on its
// way: the end comes only when the DiffID is the layer's. Reads regular files only, which never wait.
class LayerTar {
 public:
  // `root` is the store's. Errc::not_found when there is no such layer, unsupported when it was stored without what a
  // tar is made from.
  LayerTar(FdView root, const Digest& diff_id);
  LayerTar(const LayerTar&) = delete;
  LayerTar& operator=(const LayerTar&) = delete;
  ~LayerTar();

  uint64_t bytes() const;  // of the whole tar

  // The next bytes; 0 at the end. Errc::corrupt, with the file where it is known, when the tree was changed since it
  // was unpacked.
  size_t read(std::span<std::byte> to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccocker::registry
