#include "registry/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"
#include "registry/manifest_json.h"
#include "registry/platform.h"
#include "registry/text.h"

namespace ccocker::registry {
namespace {

constexpr std::string_view schema1_types[] = {"application/vnd.docker.distribution.manifest.v1+json",
                                              "application/vnd.docker.distribution.manifest.v1+prettyjws"};
// Old pushers sent configs without a type of their own; Docker takes those too.
constexpr std::string_view config_types[] = {media_type::oci_config, media_type::docker_config,
                                             "application/octet-stream", ""};
// What the storage of old registries guessed (docker/distribution issue 1621), with parameters or without.
constexpr std::string_view guessed_config_types[] = {"application/json", "text/html", "text/plain"};
constexpr std::string_view unknown = "unknown";
constexpr const char* attestation_annotation = "vnd.docker.reference.type";
constexpr const char* reference_annotation = "org.opencontainers.image.ref.name";
constexpr const char* image_name_annotation = "io.containerd.image.name";

template <typename Table>
bool contains(const Table& table, std::string_view value) {
  return std::ranges::find(table, value) != std::end(table);
}

bool is_index_type(std::string_view type) { return type == media_type::oci_index || type == media_type::docker_index; }
bool is_manifest_type(std::string_view type) {
  return type == media_type::oci_manifest || type == media_type::docker_manifest;
}

// The value of a Content-Type header without its parameters.
std::string_view bare_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

Digest parse_digest(const JsonFields& fields, const char* name) {
  std::string text = fields.required_text(name);
  try {
    return Digest::parse(text);
  } catch (Error& error) {
    throw Error(error.code() == Errc::invalid ? Errc::corrupt : error.code(), error.text())
        .in(fmt::format("field \"{}{}\"", fields.path(), name));
  }
}

Descriptor parse_descriptor(const JsonFields& fields, Digest digest) {
  Descriptor descriptor;
  descriptor.media_type = fields.text("mediaType");
  descriptor.digest = std::move(digest);
  descriptor.size_bytes = fields.required_size("size");
  descriptor.urls = fields.texts("urls");
  return descriptor;
}

Descriptor parse_descriptor(const JsonFields& fields) {
  return parse_descriptor(fields, parse_digest(fields, "digest"));
}

Platform parse_platform_fields(const JsonFields& fields) {
  return normalize({fields.text("os"), fields.text("architecture"), fields.text("variant")});
}

bool is_attestation(const IndexEntry& entry, const JsonFields& annotations) {
  if (!annotations.text(attestation_annotation).empty()) return true;
  return entry.platform && entry.platform->os == unknown && entry.platform->architecture == unknown;
}

// An image for others whose digest we do not know is no reason to refuse ours.
Digest parse_entry_digest(const JsonFields& fields, std::string& unsupported) {
  try {
    return parse_digest(fields, "digest");
  } catch (const Error& error) {
    if (error.code() != Errc::unsupported) throw;
    unsupported = error.text();
    return {};
  }
}

IndexEntry parse_entry(const JsonFields& fields) {
  IndexEntry entry;
  Digest digest = parse_entry_digest(fields, entry.unsupported);
  entry.descriptor = parse_descriptor(fields, std::move(digest));
  if (fields.has("platform")) entry.platform = parse_platform_fields(fields.object("platform"));
  JsonFields annotations = fields.object("annotations");
  entry.attestation = is_attestation(entry, annotations);
  entry.reference_name = annotations.text(reference_annotation);
  entry.image_name = annotations.text(image_name_annotation);
  return entry;
}

Index parse_index(const JsonFields& fields) {
  Index index;
  for (const JsonFields& item : fields.objects("manifests", manifest_items_max))
    index.entries.push_back(parse_entry(item));
  return index;
}

// Charts, signatures and the like are manifests with a config or a type of their own.
void refuse_artifact(const JsonFields& fields, const Manifest& manifest, std::string_view type) {
  if (contains(config_types, manifest.config.media_type)) return;
  bool may_be_guessed = type == media_type::docker_manifest;
  if (may_be_guessed && contains(guessed_config_types, lower(bare_type(manifest.config.media_type)))) return;
  std::string artifact_type = fields.text("artifactType");
  if (artifact_type.empty()) artifact_type = manifest.config.media_type;
  throw Error(Errc::unsupported, fmt::format("this is no container image but an artifact of type {}", artifact_type));
}

void refuse_encrypted(const Descriptor& layer, size_t number) {
  if (!layer.media_type.ends_with("+encrypted")) return;
  throw Error(Errc::unsupported,
              fmt::format("layer {} is encrypted ({}); ccocker has no keys for it", number + 1, layer.media_type));
}

Manifest parse_image_manifest(const JsonFields& fields, std::string_view type) {
  Manifest manifest;
  if (!fields.has("config")) fields.refuse("config", "is missing");
  manifest.config = parse_descriptor(fields.object("config"));
  refuse_artifact(fields, manifest, type);
  if (manifest.config.size_bytes > config_bytes_max)
    fields.refuse("config.size",
                  fmt::format("is {}, at most {} bytes are allowed", manifest.config.size_bytes, config_bytes_max));
  for (const JsonFields& item : fields.objects("layers", manifest_items_max))
    manifest.layers.push_back(parse_descriptor(item));
  for (size_t i = 0; i < manifest.layers.size(); ++i) refuse_encrypted(manifest.layers[i], i);
  return manifest;
}

void refuse_schema1(const JsonFields& fields, std::string_view type) {
  if (fields.integer("schemaVersion", 2) != 1 && !contains(schema1_types, type)) return;
  throw Error(Errc::unsupported,
              "the registry has this image only as a Docker schema 1 manifest, a format that was retired in 2019; push "
              "it again with a newer Docker or copy it with skopeo");
}

// A document that says one thing and looks like the other is a confusion attack (CVE-2021-41190).
void refuse_both_kinds(const JsonFields& fields) {
  bool index = fields.has("manifests"), manifest = fields.has("layers") || fields.has("config");
  if (index && manifest) throw Error(Errc::corrupt, "the manifest has both \"manifests\" and \"layers\" or \"config\"");
}

std::string listed_platforms(const Index& index) {
  std::string list;
  for (const IndexEntry& entry : index.entries) {
    if (entry.attestation) continue;
    if (!list.empty()) list += ", ";
    list += entry.platform ? entry.platform->str() : "one without a platform";
  }
  return list.empty() ? "nothing" : list;
}

// Of several the first that we can have.
const IndexEntry* find_exact(const Index& index, const Platform& platform) {
  const IndexEntry* found = nullptr;
  for (const IndexEntry& entry : index.entries) {
    if (entry.attestation || !entry.platform) continue;
    const Platform& offered = *entry.platform;
    bool fits = offered.os == platform.os && offered.architecture == platform.architecture &&
                offered.variant == platform.variant;
    if (fits && (!found || (!found->unsupported.empty() && entry.unsupported.empty()))) found = &entry;
  }
  return found;
}

// An index of a single image needs no platform: the image's config has it.
const IndexEntry* only_entry_without_platform(const Index& index) {
  const IndexEntry* only = nullptr;
  for (const IndexEntry& entry : index.entries) {
    if (entry.attestation) continue;
    if (only || entry.platform) return nullptr;
    only = &entry;
  }
  return only;
}

void parse_process_fields(const JsonFields& fields, ImageConfig& config) {
  config.user = fields.text("User");
  config.working_dir = fields.text("WorkingDir");
  config.stop_signal = fields.text("StopSignal");
  config.env = fields.texts("Env");
  config.entrypoint = fields.texts("Entrypoint");
  config.cmd = fields.texts("Cmd");
  config.exposed_ports = fields.keys("ExposedPorts");
  config.volumes = fields.keys("Volumes");
  for (auto& [key, value] : fields.text_pairs("Labels")) config.labels.emplace(std::move(key), std::move(value));
  config.healthcheck_json = fields.raw("Healthcheck");
}

std::vector<Digest> parse_diff_ids(const JsonFields& rootfs) {
  std::string type = rootfs.text("type");
  if (!type.empty() && type != "layers") rootfs.refuse("type", fmt::format("is \"{}\", it should be \"layers\"", type));
  std::vector<Digest> diff_ids;
  for (const std::string& text : rootfs.texts("diff_ids")) {
    try {
      diff_ids.push_back(Digest::parse(text));
    } catch (Error& error) {
      rootfs.refuse("diff_ids", fmt::format("has a bad item: {}", error.text()));
    }
  }
  if (diff_ids.size() > manifest_items_max) rootfs.refuse("diff_ids", "has too many items");
  return diff_ids;
}

}  // namespace

ManifestDocument parse_manifest(std::string_view bytes, std::string_view content_type) {
  Json json = parse_json_object(bytes, manifest_bytes_max, "the manifest");
  JsonFields fields(json, "");
  std::string own_type = fields.text("mediaType");
  std::string type(own_type.empty() ? bare_type(content_type) : own_type);
  refuse_schema1(fields, type);
  refuse_both_kinds(fields);
  if (fields.integer("schemaVersion", 0) != 2) fields.refuse("schemaVersion", "should be 2");
  bool looks_like_index = fields.has("manifests");
  if (is_index_type(type) != looks_like_index && (is_index_type(type) || is_manifest_type(type)))
    fields.refuse("mediaType",
                  fmt::format("says {}, but the document is {}", type, looks_like_index ? "an index" : "no index"));
  if (looks_like_index) return parse_index(fields);
  return parse_image_manifest(fields, type);
}

ImageConfig parse_image_config(std::string_view bytes) {
  Json json = parse_json_object(bytes, config_bytes_max, "the image config");
  JsonFields fields(json, "");
  ImageConfig config;
  config.platform = parse_platform_fields(fields);
  config.names_variant = !fields.text("variant").empty();
  config.created = fields.text("created");
  config.author = fields.text("author");
  parse_process_fields(fields.object("config"), config);
  if (!fields.has("rootfs")) fields.refuse("rootfs", "is missing from the image config");
  config.diff_ids = parse_diff_ids(fields.object("rootfs"));
  return config;
}

const IndexEntry& check_supported(const IndexEntry& entry) {
  if (entry.unsupported.empty()) return entry;
  std::string whose = entry.platform ? " for " + entry.platform->str() : "";
  throw Error(Errc::unsupported, fmt::format("the index's image{} is out of reach: {}", whose, entry.unsupported));
}

const IndexEntry& choose_platform(const Index& index, const Platform& wanted) {
  Platform platform = normalize(wanted);
  for (const std::string& variant : variants_that_run(platform)) {
    platform.variant = variant;
    if (const IndexEntry* entry = find_exact(index, platform)) return check_supported(*entry);
  }
  if (const IndexEntry* entry = only_entry_without_platform(index)) return check_supported(*entry);
  throw Error(Errc::not_found,
              fmt::format("no image for platform {}; there are: {}", normalize(wanted).str(), listed_platforms(index)));
}

void check_layer_count(const Manifest& manifest, const ImageConfig& config) {
  if (manifest.layers.size() == config.diff_ids.size()) return;
  throw Error(Errc::corrupt, fmt::format("the manifest has {} layers, but the config names {} diff IDs",
                                         manifest.layers.size(), config.diff_ids.size()));
}

bool is_foreign_layer(const Descriptor& layer) {
  return layer.media_type.find("nondistributable") != std::string::npos ||
         layer.media_type.find(".foreign.") != std::string::npos;
}

}  // namespace ccocker::registry
