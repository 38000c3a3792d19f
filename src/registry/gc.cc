#include "registry/gc.h"

#include <set>

#include "loop/sys.h"
#include "registry/image_record.h"
#include "registry/layer_record.h"
#include "registry/store_files.h"

namespace ccocker::registry {
namespace {

std::set<Digest> needed_layers(FdView root) {
  std::set<Digest> needed;
  for (const Digest& image : list_ids(root, "images")) {
    std::string file = image_path(image) + "/record.json";
    ImageRecord record = parse_image_record(sys::read_file(root, file), file);
    needed.insert(record.layers.begin(), record.layers.end());
  }
  return needed;
}

}  // namespace

std::vector<UnneededLayer> take_unneeded_layers(FdView root, size_t layers_max) {
  std::set<Digest> needed = needed_layers(root);
  std::vector<UnneededLayer> taken;
  for (const Digest& layer : list_ids(root, "layers")) {
    if (taken.size() == layers_max) break;
    if (needed.contains(layer)) continue;
    uint64_t bytes = layer_bytes(root, layer_path(layer));
    std::optional<Fd> locked = try_lock_for_discard(root, layer_path(layer));
    if (!locked || !*locked) continue;  // somebody counts on it
    StagingEntry entry = StagingEntry::take(root, layer_path(layer), std::move(*locked));
    taken.push_back({layer, bytes, std::move(entry)});
  }
  return taken;
}

}  // namespace ccocker::registry
