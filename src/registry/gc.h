#pragma once
#include "loop/fd.h"

namespace ccocker::registry {

struct Removal;

// Removes the layers that no image needs and nobody has pinned, and tells `removal`. The caller holds the StoreLock, so
// no image appears meanwhile. What is needed is read from the images that exist: no counter can go stale.
void remove_unneeded_layers(FdView root, Removal& removal);

}  // namespace ccocker::registry
