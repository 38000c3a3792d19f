#pragma once
#include <string>

#include "registry/digest.h"

namespace ccocker::registry {

// Where an OCI image layout has a blob (image-spec, image-layout.md).
inline std::string blob_path(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

}  // namespace ccocker::registry
