#pragma once
#include <optional>
#include <string>
#include <vector>

#include "registry/descriptor.h"
#include "registry/image.h"

namespace ccocker::registry {

// A manifest as it goes to a registry.
struct PushManifest {
  std::string bytes, media_type;
  std::vector<Descriptor> layers;  // lowest first
};

// What the image was pulled by; nullopt for what does not fit the image (an index, another config).
std::optional<PushManifest> read_pulled_manifest(std::string bytes, const Image& image);

// An OCI manifest of the config and these layers, whose media types are made OCI's.
PushManifest make_manifest(const Digest& config, uint64_t config_bytes, const std::vector<Descriptor>& layers);

}  // namespace ccocker::registry
