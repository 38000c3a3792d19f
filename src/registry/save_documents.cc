#include <nlohmann/json.hpp>

#include "registry/manifest.h"
#include "registry/oci_layout.h"
#include "registry/save.h"
#include "registry/sha256.h"

namespace ccocker::registry {
namespace {

using nlohmann::ordered_json;

ordered_json descriptor(std::string_view type, const Digest& digest, uint64_t bytes) {
  return {{"mediaType", type}, {"digest", digest.str()}, {"size", bytes}};
}

Document manifest_of(const Image& image, const std::string& config, const std::vector<uint64_t>& layer_bytes) {
  ordered_json layers = ordered_json::array();
  for (size_t i = 0; i < layer_bytes.size(); ++i)
    layers.push_back(descriptor(media_type::oci_plain_layer, image.config.diff_ids[i], layer_bytes[i]));
  ordered_json manifest = {{"schemaVersion", 2},
                           {"mediaType", media_type::oci_manifest},
                           {"config", descriptor(media_type::oci_config, image.id, config.size())},
                           {"layers", std::move(layers)}};
  Document document{manifest.dump(), {}};
  document.digest = sha256(document.bytes);
  return document;
}

// An entry for each name; one without when there is none.
void add_to_index(ordered_json& index, const Document& manifest, const ImageToSave& saved) {
  ordered_json entry = descriptor(media_type::oci_manifest, manifest.digest, manifest.bytes.size());
  if (saved.names.empty()) index.push_back(entry);
  for (const Reference& name : saved.names) {
    entry["annotations"] = {{"io.containerd.image.name", name.full()}, {"org.opencontainers.image.ref.name", name.tag}};
    index.push_back(entry);
  }
}

ordered_json saved_entry(const ImageToSave& saved) {
  ordered_json tags = ordered_json::array(), layers = ordered_json::array();
  for (const Reference& name : saved.names) tags.push_back(name.familiar());
  for (const Digest& layer : saved.image.config.diff_ids) layers.push_back(blob_path(layer));
  return {{"Config", blob_path(saved.image.id)},
          {"RepoTags", saved.names.empty() ? ordered_json(nullptr) : tags},
          {"Layers", std::move(layers)}};
}

}  // namespace

SaveDocuments save_documents(const std::vector<ImageToSave>& images, const std::vector<std::string>& configs,
                             const std::vector<std::vector<uint64_t>>& layer_bytes) {
  SaveDocuments out;
  ordered_json index = ordered_json::array(), list = ordered_json::array(), repositories = ordered_json::object();
  for (size_t i = 0; i < images.size(); ++i) {
    out.manifests.push_back(manifest_of(images[i].image, configs[i], layer_bytes[i]));
    add_to_index(index, out.manifests[i], images[i]);
    list.push_back(saved_entry(images[i]));
    const std::vector<Digest>& layers = images[i].image.config.diff_ids;
    for (const Reference& name : images[i].names)
      repositories[name.familiar_name()][name.tag] = layers.empty() ? "" : layers.back().hex();
  }
  out.index = ordered_json{{"schemaVersion", 2}, {"mediaType", media_type::oci_index}, {"manifests", index}}.dump();
  out.manifest_json = list.dump();
  out.repositories = repositories.dump();
  out.oci_layout = R"({"imageLayoutVersion":"1.0.0"})";
  return out;
}

}  // namespace ccocker::registry
