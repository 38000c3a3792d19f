#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "registry/digest.h"

namespace ccocker::registry {

// What a manifest says about a blob (OCI image specification, descriptor.md).
struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size_bytes = 0;
  std::vector<std::string> urls;  // of foreign layers; a registry need not have those itself
};

}  // namespace ccocker::registry
