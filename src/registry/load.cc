// Images from archives: `docker save`'s, OCI archives and OCI layout directories.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "registry/archive.h"
#include "registry/builtin.h"
#include "registry/decoder.h"
#include "registry/load_plain.h"
#include "registry/manifest.h"
#include "registry/oci_layout.h"
#include "registry/pull.h"
#include "registry/sha256.h"
#include "registry/store.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes = 256 * 1024;
constexpr int index_depth_max = 3;

// One image of the archive, ready to be stored.
struct FoundImage {
  std::string config, manifest;   // bytes; docker save has no manifest
  std::vector<Descriptor> blobs;  // without digests where the archive says none
  std::vector<std::string> files;
  std::vector<Reference> names;
};

std::string require_file(ArchiveFiles& files, const std::string& name, uint64_t bytes_max) {
  std::optional<std::string> bytes = files.read(name, bytes_max);
  if (!bytes) throw Error(Errc::corrupt, fmt::format("the archive has no {}", name));
  return std::move(*bytes);
}

std::string require_blob(ArchiveFiles& files, const Descriptor& descriptor, uint64_t bytes_max) {
  std::string bytes = require_file(files, blob_path(descriptor.digest), bytes_max);
  Digest got = sha256(bytes);
  if (got != descriptor.digest)
    throw Error(Errc::corrupt, fmt::format("{} has the digest {}", blob_path(descriptor.digest), got.str()));
  return bytes;
}

std::vector<FoundImage> find_saved(ArchiveFiles& files, const std::string& manifest) {
  std::vector<FoundImage> images;
  for (SavedImage& saved : parse_saved_images(manifest)) {
    FoundImage image;
    image.config = require_file(files, saved.config, config_bytes_max);
    image.files = std::move(saved.layers);
    image.blobs.resize(image.files.size());
    for (const std::string& tag : saved.tags) image.names.push_back(parse_reference(tag));
    images.push_back(std::move(image));
  }
  return images;
}

// "latest" alone is a tag of nothing; a name has at least a colon or a slash. containerd writes name@digest of images
// that were pulled so: they have no tag.
std::vector<Reference> names_of(const IndexEntry& entry) {
  const std::string& text = entry.image_name.empty() ? entry.reference_name : entry.image_name;
  if (entry.image_name.empty() && text.find_first_of(":/") == std::string::npos) return {};
  Reference name = parse_reference(text);
  if (!name.digest.empty()) return {};
  return {std::move(name)};
}

FoundImage find_in_manifest(ArchiveFiles& files, const Descriptor& descriptor, int depth) {
  if (depth > index_depth_max) throw Error(Errc::corrupt, "the archive's indexes are nested too deeply");
  std::string bytes = require_blob(files, descriptor, manifest_bytes_max);
  ManifestDocument document = parse_manifest(bytes, descriptor.media_type);
  if (const Index* index = std::get_if<Index>(&document))
    return find_in_manifest(files, choose_platform(*index, host_platform()).descriptor, depth + 1);
  const Manifest& manifest = std::get<Manifest>(document);
  FoundImage image;
  image.config = require_blob(files, manifest.config, config_bytes_max);
  image.blobs = manifest.layers;
  for (const Descriptor& layer : manifest.layers) image.files.push_back(blob_path(layer.digest));
  image.manifest = std::move(bytes);
  return image;
}

std::vector<FoundImage> find_in_layout(ArchiveFiles& files, const std::string& index_bytes) {
  ManifestDocument document = parse_manifest(index_bytes, media_type::oci_index);
  const Index* index = std::get_if<Index>(&document);
  if (!index) throw Error(Errc::corrupt, "index.json is not an index");
  std::vector<FoundImage> images;
  for (const IndexEntry& entry : index->entries) {
    if (entry.attestation) continue;
    FoundImage image = find_in_manifest(files, check_supported(entry).descriptor, 0);
    image.names = names_of(entry);
    images.push_back(std::move(image));
  }
  return images;
}

// An archive may call an image what a person may, and the image inside ccocker what it is called. A digest would be
// taken for one that a registry has vouched for.
void check_names(const FoundImage& image) {
  for (const Reference& name : image.names)
    if (name != builtin_reference() || sha256(image.config) != builtin_image().id) require_free_name(name);
}

std::vector<FoundImage> find_images(ArchiveFiles& files) {
  if (std::optional<std::string> saved = files.read("manifest.json", manifest_bytes_max))
    return find_saved(files, *saved);
  if (std::optional<std::string> index = files.read("index.json", manifest_bytes_max))
    return find_in_layout(files, *index);
  throw Error(Errc::corrupt, "it has neither manifest.json (docker save) nor index.json (OCI)");
}

Task<void> load_layer(Store& store, ArchiveSlice slice, Descriptor blob, Digest diff_id, PullObserver& observer) {
  std::unique_ptr<LayerWriter> writer = co_await store.begin_layer(std::move(blob), diff_id);
  if (!writer) {
    observer.layer_progress(diff_id, LayerState::exists, slice.bytes, slice.bytes);
    co_return;
  }
  std::vector<std::byte> buffer(piece_bytes);
  for (uint64_t done = 0; done < slice.bytes;) {
    size_t wanted = std::min<uint64_t>(buffer.size(), slice.bytes - done);
    size_t count =
        co_await io::read(slice.file, std::span(buffer).first(wanted), static_cast<int64_t>(slice.offset + done));
    if (count == 0) throw Error(Errc::corrupt, "the archive is cut off");
    co_await writer->write(std::span(buffer).first(count));
    done += count;
    observer.layer_progress(diff_id, LayerState::extracting, done, slice.bytes);
  }
  co_await writer->finish();
  observer.layer_progress(diff_id, LayerState::done, slice.bytes, slice.bytes);
}

Task<Digest> load_image(Store& store, ArchiveFiles& files, FoundImage& image, PullObserver& observer) {
  ImageConfig config = parse_image_config(image.config);
  if (config.diff_ids.size() != image.files.size())
    throw Error(Errc::corrupt,
                fmt::format("the image has {} layers, its config says {}", image.files.size(), config.diff_ids.size()));
  for (const Reference& name : image.names) observer.image_resolved(name, config.diff_ids);
  for (size_t i = 0; i < image.files.size(); ++i) {
    std::optional<ArchiveSlice> slice = files.find(image.files[i]);
    if (!slice) throw Error(Errc::corrupt, fmt::format("the archive has no {}", image.files[i]));
    co_await load_layer(store, *slice, image.blobs[i], config.diff_ids[i], observer);
  }
  std::vector<std::optional<Reference>> names(image.names.begin(), image.names.end());
  if (names.empty()) names.emplace_back(std::nullopt);
  Digest id;
  for (const std::optional<Reference>& name : names) {
    Task<Digest> added = store.add_image(image.config, image.manifest, name);
    id = co_await added;
  }
  co_return id;
}

Task<std::vector<std::string>> load_all(Store& store, std::string path, PullObserver& observer) {
  ArchiveFiles files = co_await open_archive(store.root(), path);
  std::vector<FoundImage> images = find_images(files);
  std::vector<std::string> loaded;
  std::ranges::for_each(images, check_names);
  for (FoundImage& image : images) {
    Digest id = co_await load_image(store, files, image, observer);
    for (const Reference& name : image.names) loaded.push_back(name.familiar());
    if (image.names.empty()) loaded.push_back(id.str());
  }
  co_return loaded;
}

}  // namespace

Task<std::vector<std::string>> load(Store& store, std::string path, PullObserver& observer) {
  std::string shown = path == "-" ? "standard input" : path;
  try {
    std::vector<std::string> loaded = co_await load_all(store, std::move(path), observer);
    co_return loaded;
  } catch (Error& error) {
    throw std::move(error).in("loading " + shown);
  }
}

}  // namespace ccocker::registry
