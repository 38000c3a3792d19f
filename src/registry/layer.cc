#include "registry/layer.h"

#include <fmt/format.h>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/layer_record.h"
#include "registry/layer_sync.h"
#include "registry/sha256.h"
#include "registry/unpacking.h"

namespace ccocker::registry {

struct LayerWriter::Work {
  StagingEntry staging;  // removed after what writes to it has ended
  Descriptor blob;       // its digest is empty where nobody has one (archives)
  Digest diff_id;
  Sha256 hash{};
  uint64_t blob_bytes = 0;
  std::unique_ptr<Unpacking> unpacking{};  // begun with the first bytes: a layer that waits for its turn costs nothing

  Unpacking& begun() {
    if (!unpacking) unpacking = start_unpacking(staging.dir(), blob.size_bytes);
    return *unpacking;
  }
  void count(std::span<const std::byte> piece);
  void check_blob();
  void check_tar(const UnpackedLayer& layer) const;
  Error in_layer(Error error) const { return std::move(error).in(fmt::format("unpacking layer {}", diff_id.str())); }
};

void LayerWriter::Work::count(std::span<const std::byte> piece) {
  if (blob.digest.empty()) return;
  blob_bytes += piece.size();
  if (blob_bytes > blob.size_bytes)
    throw Error(Errc::corrupt, fmt::format("the blob is longer than the {} bytes its manifest says", blob.size_bytes));
  hash.update(piece);
}

void LayerWriter::Work::check_blob() {
  if (blob.digest.empty()) return;
  if (blob_bytes != blob.size_bytes)
    throw Error(Errc::corrupt, fmt::format("the blob has {} bytes, its manifest says {}", blob_bytes, blob.size_bytes));
  Digest got = hash.finish();
  if (got != blob.digest)
    throw Error(Errc::corrupt,
                fmt::format("the blob's digest is {}, its manifest says {}", got.str(), blob.digest.str()));
}

void LayerWriter::Work::check_tar(const UnpackedLayer& layer) const {
  if (layer.diff_id != diff_id)
    throw Error(Errc::corrupt, fmt::format("the layer's DiffID is {}, the image's config says {}", layer.diff_id.str(),
                                           diff_id.str()));
}

LayerWriter::LayerWriter(FdView root, StagingEntry staging, Descriptor blob, Digest diff_id, Publish publish)
    : root_(root),
      work_(new Work{.staging = std::move(staging), .blob = std::move(blob), .diff_id = std::move(diff_id)}),
      publish_(std::move(publish)) {}
LayerWriter::~LayerWriter() = default;

LayerWriter::Work& LayerWriter::work() {
  if (!work_) throw Error(Errc::failed, "the layer has failed or is finished already");
  return *work_;
}

Task<void> LayerWriter::write(std::span<const std::byte> compressed) {
  Work& layer = work();
  try {
    layer.count(compressed);
    co_await layer.begun().write(compressed);
  } catch (Error& error) {
    Error told = layer.in_layer(std::move(error));
    if (told.code() != Errc::cancelled) work_.reset();
    throw told;
  }
}

Task<void> LayerWriter::finish() {
  work();
  std::unique_ptr<Work> layer = std::move(work_);
  try {
    UnpackedLayer unpacked = co_await layer->begun().finish();
    layer->check_blob();
    layer->check_tar(unpacked);
    co_await sync_file_system(sys::open_dir(layer->staging.dir(), "tree"));
    publish_(layer->diff_id, publish(*layer, unpacked));
  } catch (Error& error) {
    throw layer->in_layer(std::move(error));
  }
}

// Writes layer.json and renames; gives the locked layers/HEX.
Fd LayerWriter::publish(Work& layer, const UnpackedLayer& unpacked) {
  write_layer_record(layer.staging.dir(), {.diff_id = layer.diff_id,
                                           .size_bytes = unpacked.content_bytes,
                                           .entries = unpacked.entries,
                                           .tar_bytes = unpacked.tar_bytes});
  Fd locked = layer.staging.publish("layers/" + layer.diff_id.hex());
  sys::fsync(sys::open_dir(root_, "layers"));
  return locked;
}

}  // namespace ccocker::registry
