#include "registry/gc.h"

#include <set>

#include "loop/sys.h"
#include "registry/image_record.h"
#include "registry/staging.h"
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

std::vector<Digest> remove_unneeded_layers(FdView root) {
  std::set<Digest> needed = needed_layers(root);
  std::vector<Digest> removed;
  for (std::string& name : sys::list_dir(sys::open_dir(root, "layers"))) {
    if (!is_hex_id(name)) continue;
    Digest layer = Digest::from_hex(std::move(name));
    if (!needed.contains(layer) && discard(root, layer_path(layer))) removed.push_back(layer);
  }
  return removed;
}

}  // namespace ccocker::registry
