#include "registry/gc.h"

#include <set>

#include "loop/sys.h"
#include "registry/image_record.h"
#include "registry/store_files.h"

namespace ccocker::registry {
namespace {

std::set<Digest> needed_layers(FdView root) {
  std::set<Digest> needed;
  for (const std::string& name : sys::list_dir(sys::open_dir(root, "images"))) {
    if (!is_hex_id(name)) continue;
    std::string file = "images/" + name + "/record.json";
    ImageRecord record = parse_image_record(sys::read_file(root, file), file);
    needed.insert(record.layers.begin(), record.layers.end());
  }
  return needed;
}

}  // namespace

std::vector<UnneededLayer> take_unneeded_layers(FdView root, size_t layers_max) {
  std::set<Digest> needed = needed_layers(root);
  std::vector<UnneededLayer> taken;
  for (std::string& name : sys::list_dir(sys::open_dir(root, "layers"))) {
    if (taken.size() == layers_max) break;
    if (!is_hex_id(name)) continue;
    Digest layer = Digest::from_hex(std::move(name));
    if (needed.contains(layer)) continue;
    std::optional<Fd> locked = try_lock_for_discard(root, layer_path(layer));
    if (!locked || !*locked) continue;  // somebody counts on it
    StagingEntry entry = StagingEntry::take(root, layer_path(layer), std::move(*locked));
    taken.push_back({std::move(layer), std::move(entry)});
  }
  return taken;
}

}  // namespace ccocker::registry
