#include "registry/save.h"

#include <fmt/format.h>

#include <set>

#include "loop/error.h"
#include "loop/io.h"
#include "registry/layer_tar.h"
#include "registry/oci_layout.h"
#include "registry/tar_format.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes = 256 * 1024;

bool names_no_tag(const std::string& word) {
  size_t slash = word.rfind('/');
  return word.find('@') == word.npos && word.find(':', slash == word.npos ? 0 : slash) == word.npos;
}

// All tags of the repository that `word` names; empty when it names none.
std::vector<Reference> tags_of_repository(const Store& store, const std::string& word) {
  std::vector<Reference> tags;
  Reference wanted;
  try {
    wanted = parse_reference(word);
  } catch (const Error&) {
    return tags;
  }
  for (const Image& image : store.images())
    for (const Reference& name : image.tags)
      if (same_repository(name, wanted)) tags.push_back(name);
  return tags;
}

bool has_name(const Image& image, const Reference& name) {
  return std::ranges::find(image.tags, name) != image.tags.end();
}

void add(std::vector<ImageToSave>& to, Image image, const std::vector<Reference>& names) {
  auto same = std::ranges::find(to, image.id, [](const ImageToSave& other) { return other.image.id; });
  if (same == to.end()) same = to.insert(to.end(), ImageToSave{std::move(image), {}});
  for (const Reference& name : names)
    if (std::ranges::find(same->names, name) == same->names.end()) same->names.push_back(name);
}

void add_word(Store& store, const std::string& word, std::vector<ImageToSave>& to) {
  if (names_no_tag(word)) {
    std::vector<Reference> tags = tags_of_repository(store, word);
    for (const Reference& tag : tags) add(to, store.find(tag.full()), {tag});
    if (!tags.empty()) return;
  }
  Image image = store.find(word);
  std::vector<Reference> names;
  if (!word.starts_with("sha256:")) {
    try {
      Reference name = parse_reference(word);
      if (!name.tag.empty() && name.digest.empty() && has_name(image, name)) names.push_back(name);
    } catch (const Error&) {  // an ID
    }
  }
  add(to, std::move(image), names);
}

class Archive {
 public:
  explicit Archive(ByteSink& to) : to_(to), buffer_(piece_bytes) {}

  Task<void> directory(std::string name) {
    std::string header = tar_header({.name = std::move(name), .type = '5', .mode = 0755});
    co_await to_.write(header);
  }

  Task<void> file(std::string name, const std::string& bytes) {
    if (!written_.insert(name).second) co_return;
    std::string whole = tar_header({.name = std::move(name), .bytes = bytes.size()});
    whole += bytes;
    whole += tar_padding(bytes.size());
    co_await to_.write(whole);
  }

  Task<void> layer(std::string name, LayerTar& tar) {
    if (!written_.insert(name).second) co_return;
    std::string header = tar_header({.name = std::move(name), .bytes = tar.bytes()});
    co_await to_.write(header);
    for (;;) {
      size_t count = tar.read(buffer_);
      if (count == 0) break;
      co_await to_.write(std::span<const std::byte>(buffer_).first(count));
      co_await io::yield();
    }
    std::string padding = tar_padding(tar.bytes());
    co_await to_.write(padding);
  }

 private:
  ByteSink& to_;
  std::vector<std::byte> buffer_;
  std::set<std::string> written_;
};

}  // namespace

std::vector<ImageToSave> images_to_save(Store& store, const std::vector<std::string>& words) {
  std::vector<ImageToSave> images;
  for (const std::string& word : words) add_word(store, word, images);
  return images;
}

Task<void> save(Store& store, std::vector<ImageToSave> images, ByteSink& to) {
  std::vector<std::string> configs;
  std::vector<std::vector<uint64_t>> sizes;
  for (const ImageToSave& saved : images) {
    store.keep_layers(saved.image);
    configs.push_back(store.config_bytes(saved.image.id));
    sizes.emplace_back();
    // All layers are looked at before the first byte goes out.
    for (const Digest& layer : saved.image.config.diff_ids)
      sizes.back().push_back(LayerTar(store.root_fd(), layer).bytes());
  }
  SaveDocuments documents = save_documents(images, configs, sizes);
  Archive archive(to);
  co_await archive.directory("blobs/");
  co_await archive.directory("blobs/sha256/");
  for (size_t i = 0; i < images.size(); ++i) {
    for (const Digest& layer : images[i].image.config.diff_ids) {
      LayerTar tar(store.root_fd(), layer);
      co_await archive.layer(blob_path(layer), tar);
    }
    co_await archive.file(blob_path(images[i].image.id), configs[i]);
    co_await archive.file(blob_path(documents.manifests[i].digest), documents.manifests[i].bytes);
  }
  co_await archive.file("index.json", documents.index);
  co_await archive.file("manifest.json", documents.manifest_json);
  co_await archive.file("oci-layout", documents.oci_layout);
  co_await archive.file("repositories", documents.repositories);
  std::string end = tar_end();
  co_await to.write(end);
}

}  // namespace ccocker::registry
