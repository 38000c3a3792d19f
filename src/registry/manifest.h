#pragma once
// What registries and archives say about images: indexes, manifests and configs of the OCI image specification and
// Docker's schema 2. The parsers take bytes from outside; every failure is an Error that names the field.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "registry/descriptor.h"
#include "registry/image.h"

namespace ccocker::registry {

constexpr size_t manifest_bytes_max = 4u << 20;  // the distribution specification asks for at least 4 MiB
constexpr size_t config_bytes_max = 4u << 20;
constexpr size_t manifest_items_max = 4096;  // layers of a manifest, entries of an index

namespace media_type {
constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view oci_config = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view docker_index = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view docker_config = "application/vnd.docker.container.image.v1+json";
constexpr std::string_view oci_plain_layer = "application/vnd.oci.image.layer.v1.tar";
constexpr std::string_view oci_gzip_layer = "application/vnd.oci.image.layer.v1.tar+gzip";
constexpr std::string_view oci_zstd_layer = "application/vnd.oci.image.layer.v1.tar+zstd";
}  // namespace media_type

// One image of an index.
struct IndexEntry {
  Descriptor descriptor;
  std::optional<Platform> platform;  // normalized; absent in OCI layouts of one image
  bool attestation = false;          // BuildKit's provenance, not an image
  std::string reference_name;        // annotation org.opencontainers.image.ref.name, as OCI layouts name images
  std::string image_name;            // annotation io.containerd.image.name: the full reference
  std::string unsupported;           // why nobody here can have it: its digest, then absent, is of an unknown algorithm
};

struct Index {
  std::vector<IndexEntry> entries;
};

struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
};

using ManifestDocument = std::variant<Index, Manifest>;

// Parses an index or a manifest. `content_type` is what the registry called it, used when the document has no
// mediaType of its own; may be empty. Errc::corrupt for lies, Errc::unsupported for schema 1 and for artifacts that are
// not images.
ManifestDocument parse_manifest(std::string_view bytes, std::string_view content_type = {});

// Parses an image config.
ImageConfig parse_image_config(std::string_view bytes);

// The entry for `wanted`: the exact variant, or the best older one (arm/v7 runs arm/v6). Errc::not_found lists what the
// index offers, Errc::unsupported says that the entry is one whose digest we do not know.
const IndexEntry& choose_platform(const Index& index, const Platform& wanted);
// `entry`, or that Errc::unsupported.
const IndexEntry& check_supported(const IndexEntry& entry);

// Errc::corrupt unless `config` has one diff ID for each layer of `manifest`.
void check_layer_count(const Manifest& manifest, const ImageConfig& config);

// Layers that registries do not serve (Windows base images).
bool is_foreign_layer(const Descriptor& layer);

}  // namespace ccocker::registry
