#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "loop/fd.h"
#include "registry/digest.h"
#include "registry/staging.h"

namespace ccocker::registry {

struct UnneededLayer {
  Digest diff_id;
  uint64_t bytes;  // of its files
  StagingEntry taken;
};

// Takes layers that no image needs and nobody has pinned out of their places, `layers_max` at most. The caller holds
// the StoreLock, so no image appears meanwhile, and removes them when it has let go of it: trees may be large. What is
// needed is read from the images that exist: no counter can go stale.
std::vector<UnneededLayer> take_unneeded_layers(FdView root, size_t layers_max);

}  // namespace ccocker::registry
