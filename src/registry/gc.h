#pragma once
#include <vector>

#include "loop/fd.h"
#include "registry/digest.h"

namespace ccocker::registry {

// Removes the layers that no image needs and nobody has pinned, and gives their DiffIDs. The caller holds the
// StoreLock, so no image appears meanwhile. What is needed is read from the images that exist: no counter can go stale.
std::vector<Digest> remove_unneeded_layers(FdView root);

}  // namespace ccocker::registry
