#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "loop/fd.h"
#include "registry/digest.h"

namespace ccocker::registry {

// What layers/HEX/layer.json says; the file is there when the layer is.
struct LayerRecord {
  Digest diff_id;
  uint64_t size_bytes = 0;  // content of its files
  uint64_t entries = 0;
  uint64_t tar_bytes = 0;
};

constexpr int layer_record_version = 1;

void write_layer_record(FdView layer_dir, const LayerRecord& record);
// `path` names the directory, relative to `root`. Nullopt when there is none; Errc::corrupt or unsupported with the
// path.
std::optional<LayerRecord> read_layer_record(FdView root, const std::string& path);
// What the layer's files take; 0 for a layer that is not there or whose record is damaged.
uint64_t layer_bytes(FdView root, const std::string& path);

}  // namespace ccocker::registry
