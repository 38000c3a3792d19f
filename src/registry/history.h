#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "registry/store.h"

namespace ccocker::registry {

// One step of how an image came to be (OCI image specification, config.md, "history").
struct HistoryStep {
  std::string created = {}, created_by = {}, comment = {}, author = {};
  bool empty_layer = false;
  uint64_t size_bytes = 0;  // of its layer's files
};

// The newest first. Layers that the config's history does not tell of get a step of their own.
std::vector<HistoryStep> history_of(const Store& store, const Image& image);

}  // namespace ccocker::registry
