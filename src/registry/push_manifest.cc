#include "registry/push_manifest.h"

#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "registry/manifest.h"

namespace ccocker::registry {
namespace {

using nlohmann::ordered_json;

std::string_view oci_layer_type(const std::string& type) {
  if (type.ends_with("zstd")) return media_type::oci_zstd_layer;
  if (type.ends_with("gzip")) return media_type::oci_gzip_layer;
  return media_type::oci_plain_layer;
}

std::string media_type_of(const std::string& bytes) {
  nlohmann::json document = nlohmann::json::parse(bytes, nullptr, false);
  auto found = document.is_object() ? document.find("mediaType") : document.end();
  if (found != document.end() && found->is_string()) return found->get<std::string>();
  return std::string(media_type::oci_manifest);  // the only kind that may leave it out
}

}  // namespace

std::optional<PushManifest> read_pulled_manifest(std::string bytes, const Image& image) {
  try {
    ManifestDocument document = parse_manifest(bytes);
    const Manifest* manifest = std::get_if<Manifest>(&document);
    bool fits =
        manifest && manifest->config.digest == image.id && manifest->layers.size() == image.config.diff_ids.size();
    if (!fits) return std::nullopt;
    std::string type = media_type_of(bytes);
    return PushManifest{std::move(bytes), std::move(type), manifest->layers};
  } catch (const Error&) {
    return std::nullopt;
  }
}

PushManifest make_manifest(const Digest& config, uint64_t config_bytes, const std::vector<Descriptor>& layers) {
  ordered_json list = ordered_json::array();
  for (const Descriptor& layer : layers)
    list.push_back(
        {{"mediaType", oci_layer_type(layer.media_type)}, {"digest", layer.digest.str()}, {"size", layer.size_bytes}});
  ordered_json manifest = {
      {"schemaVersion", 2},
      {"mediaType", media_type::oci_manifest},
      {"config", {{"mediaType", media_type::oci_config}, {"digest", config.str()}, {"size", config_bytes}}},
      {"layers", std::move(list)}};
  return {manifest.dump(), std::string(media_type::oci_manifest), layers};
}

}  // namespace ccocker::registry
