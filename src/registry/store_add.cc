// What puts layers and images into the store.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "registry/image_record.h"
#include "registry/layer_record.h"
#include "registry/manifest.h"
#include "registry/sha256.h"
#include "registry/staging.h"
#include "registry/store.h"
#include "registry/store_files.h"
#include "registry/store_json.h"

namespace ccocker::registry {
namespace {

constexpr std::chrono::milliseconds claim_retry_first{10};
constexpr std::chrono::milliseconds claim_retry_max{250};

void add_missing(std::vector<Digest>& to, const std::vector<Digest>& from) {
  for (const Digest& digest : from)
    if (std::ranges::find(to, digest) == to.end()) to.push_back(digest);
}

void write_manifest(FdView image_dir, const Digest& digest, const std::string& bytes) {
  std::string name = "manifest-" + digest.hex() + ".json";
  if (sys::stat_if_exists(image_dir, name)) return;
  sys::write_file_atomically(image_dir, name, bytes, 0600);
}

}  // namespace

void Store::require_writable() const {
  if (!writable_) throw Error::sys("writing to", root_, EROFS).advise("pass a --root that can be written");
}

// A shared lock on a layer keeps `rmi` in another process from removing it before our image needs it.
bool Store::pin(const Digest& diff_id) {
  if (pins_.contains(diff_id)) return true;
  std::string path = layer_path(diff_id);
  std::optional<Fd> dir = sys::open_if_exists(root_fd_, path, O_RDONLY | O_DIRECTORY);
  if (!dir || !sys::try_lock(*dir, false) || !is_still_at(*dir, root_fd_, path)) return false;
  pins_.emplace(diff_id, std::move(*dir));
  return true;
}

Task<std::unique_ptr<LayerWriter>> Store::begin_layer(Descriptor blob, Digest diff_id) {
  require_writable();
  std::chrono::milliseconds pause = claim_retry_first;
  for (;;) {
    if (has_layer(diff_id) && pin(diff_id)) co_return nullptr;
    std::optional<StagingEntry> staging = StagingEntry::try_claim(root_fd_, "layer-" + diff_id.hex());
    if (staging && !has_layer(diff_id)) {
      // The same descriptor goes from exclusive to shared: a child that was forked for a disk sync may still hold a
      // copy of it, and would keep a second one out. flock(2) does not convert in one step, so another process may
      // have come between: only a layer that is still in its place is ours.
      auto keep = [this](const Digest& id, Fd locked) {
        if (!sys::try_lock(locked, false) || !is_still_at(locked, root_fd_, layer_path(id)))
          throw Error(Errc::conflict, "another ccocker process has removed the layer as unneeded: try again");
        pins_.insert_or_assign(id, std::move(locked));
      };
      co_return std::make_unique<LayerWriter>(root_fd_, std::move(*staging), std::move(blob), diff_id, keep);
    }
    staging.reset();
    co_await io::sleep(pause);
    pause = std::min(pause * 2, claim_retry_max);
  }
}

ImageRecord Store::make_record(const ImageConfig& config) const {
  ImageRecord record;
  record.layers = config.diff_ids;
  for (const Digest& layer : config.diff_ids) {
    std::optional<LayerRecord> found = read_layer_record(root_fd_, layer_path(layer));
    if (!found)
      throw Error(Errc::conflict,
                  fmt::format("layer {} is not in the store: it was removed meanwhile, try again", layer.str()));
    record.size_bytes += found->size_bytes;
  }
  return record;
}

// The lock is held. An image that is here already learns what else it is called.
void Store::publish_image(const Digest& id, ImageRecord record, const std::string& config,
                          const std::string& manifest) {
  std::string directory = image_path(id);
  std::string record_file = directory + "/record.json";
  if (std::optional<std::string> known = read_small_file(root_fd_, record_file)) {
    ImageRecord merged = parse_image_record(*known, record_file);
    size_t before = merged.manifest_digests.size();
    add_missing(merged.manifest_digests, record.manifest_digests);
    if (!manifest.empty()) write_manifest(sys::open_dir(root_fd_, directory), sha256(manifest), manifest);
    if (merged.manifest_digests.size() > before) replace_file(root_fd_, record_file, format_image_record(merged));
    return;
  }
  StagingEntry staging = StagingEntry::claim(root_fd_, "image-" + id.hex());  // the lock keeps other makers away
  write_synced_file(staging.dir(), "config.json", config);
  write_synced_file(staging.dir(), "record.json", format_image_record(record));
  if (!manifest.empty()) write_manifest(staging.dir(), sha256(manifest), manifest);
  staging.publish(directory);
  sys::fsync(sys::open_dir(root_fd_, "images"));
}

Task<Digest> Store::add_image(std::string config_bytes, std::string manifest_bytes, std::optional<Reference> name,
                              std::vector<Digest> known_as) {
  require_writable();
  ImageConfig config = parse_image_config(config_bytes);
  Digest id = sha256(config_bytes);
  if (!manifest_bytes.empty()) add_missing(known_as, {sha256(manifest_bytes)});
  StoreLock lock = co_await StoreLock::acquire(root_fd_);
  ImageRecord record = make_record(config);
  record.manifest_digests = known_as;
  publish_image(id, std::move(record), config_bytes, manifest_bytes);
  if (!name) co_return id;
  ImageNames names = read_names(root_fd_);
  std::map<std::string, Digest> before = names.ids;
  names.ids[name_key(*name)] = id;
  if (!known_as.empty()) names.ids[digest_key(*name, known_as.front())] = id;
  if (names.ids != before) write_names(root_fd_, names);
  co_return id;
}

}  // namespace ccocker::registry
