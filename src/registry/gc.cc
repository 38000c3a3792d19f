#include "registry/gc.h"

#include <set>

#include "loop/sys.h"
#include "registry/image_record.h"
#include "registry/layer_record.h"
#include "registry/staging.h"
#include "registry/store.h"
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

void remove_unneeded_layers(FdView root, Removal& removal) {
  std::set<Digest> needed = needed_layers(root);
  for (const Digest& layer : list_ids(root, "layers")) {
    if (needed.contains(layer)) continue;
    uint64_t bytes = layer_bytes(root, layer_path(layer));
    if (!discard(root, layer_path(layer))) continue;
    removal.deleted.push_back(layer);
    removal.freed_bytes += bytes;
  }
}

}  // namespace ccocker::registry
