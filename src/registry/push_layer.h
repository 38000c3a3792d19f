#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "loop/fd.h"
#include "loop/task.h"
#include "registry/descriptor.h"
#include "registry/store.h"

namespace ccocker::registry {

// A layer compressed for a registry.
struct PackedLayer {
  Fd file;  // nameless, below staging/
  Descriptor blob;
};

// Makes the layer's tar again, verified by its DiffID, and compresses it with gzip. `made` hears how much of the tar is
// done.
Task<PackedLayer> pack_layer(const Store& store, Digest diff_id,
                             std::function<void(uint64_t done, uint64_t total)> made);

// What `pack_layer` gave the last time, kept beside the layer: a registry that has it saves packing it again.
std::optional<Descriptor> read_packed(const Store& store, const Digest& diff_id);
void write_packed(const Store& store, const Digest& diff_id, const Descriptor& blob);

}  // namespace ccocker::registry
