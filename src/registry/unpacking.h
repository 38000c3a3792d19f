#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "loop/fd.h"
#include "loop/task.h"
#include "registry/digest.h"

namespace ccocker::registry {

struct UnpackedLayer {
  Digest diff_id;  // of the tar that came out
  uint64_t tar_bytes = 0;
  uint64_t content_bytes = 0;  // of its files
  uint64_t entries = 0;
};

// Turns the blob of one layer, as it comes, into STAGING/tree and the record of its tar. Destroyed unfinished, nothing
// writes to the staging directory any more. Errors: Errc::corrupt for what is no layer, those of the file system.
class Unpacking {
 public:
  virtual ~Unpacking() = default;
  virtual Task<void> write(std::span<const std::byte> blob) = 0;  // pieces of any size
  virtual Task<UnpackedLayer> finish() = 0;                       // the blob is complete
};

// In turns of the loop, a millisecond or so each.
std::unique_ptr<Unpacking> unpack_here(FdView staging);
// In two processes beside the loop, one that decodes and hashes, one that writes the files: they end with this object
// and with this process. System errors of fork(2) where there are too many already.
std::unique_ptr<Unpacking> unpack_apart(FdView staging);

// Apart when the blob is large enough to be worth two processes and there is a second CPU for them; else here.
std::unique_ptr<Unpacking> start_unpacking(FdView staging, uint64_t blob_bytes);

}  // namespace ccocker::registry
