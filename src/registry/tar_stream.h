#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "loop/fd.h"

namespace ccocker::registry {

struct TreeEntry;  // registry/tree_writer.h

class TarStreamSink {
 public:
  virtual ~TarStreamSink() = default;
  virtual void begin(const TreeEntry& entry) = 0;
  virtual void write(uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual void end() = 0;
};

// Reads a whole tar, compressed in any way libarchive knows or not at all, from a file or pipe, waiting for it: for
// commands that do nothing else meanwhile. An empty stream is an empty tar. Errc::corrupt for what is not one.
void read_tar_stream(FdView from, TarStreamSink& to);

}  // namespace ccocker::registry
