#pragma once
#include <string>
#include <vector>

#include "loop/task.h"
#include "registry/byte_sink.h"
#include "registry/image.h"
#include "registry/store.h"

namespace ccocker::registry {

// An image to save and the names that go into the archive.
struct ImageToSave {
  Image image;
  std::vector<Reference> names;
};

// What `save` takes the words for, as Docker does: NAME:TAG that name, NAME all its tags, an ID the image without
// names. Words for the same image are put together. Errc::not_found.
std::vector<ImageToSave> images_to_save(Store& store, const std::vector<std::string>& words);

// Writes an archive that is both an OCI layout and what `docker save` wrote before (manifest.json, repositories): with
// the layers as plain tars, each once. The same images give the same bytes.
Task<void> save(Store& store, std::vector<ImageToSave> images, ByteSink& to);

// A small document and what it is called by its content.
struct Document {
  std::string bytes;
  Digest digest;
};
// The JSON files of the archive.
struct SaveDocuments {
  std::vector<Document> manifests;  // one an image
  std::string index, manifest_json, repositories, oci_layout;
};
// `configs` are the images' config bytes; `layer_bytes` the sizes of their layers' tars, image by image.
SaveDocuments save_documents(const std::vector<ImageToSave>& images, const std::vector<std::string>& configs,
                             const std::vector<std::vector<uint64_t>>& layer_bytes);

}  // namespace ccocker::registry
