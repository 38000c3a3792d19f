#include "registry/layer_record.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/store_json.h"

namespace ccocker::registry {

using nlohmann::json;

void write_layer_record(FdView layer_dir, const LayerRecord& record) {
  json document = {{"version", layer_record_version},
                   {"diff_id", record.diff_id.str()},
                   {"size_bytes", record.size_bytes},
                   {"entries", record.entries},
                   {"tar_bytes", record.tar_bytes}};
  write_synced_file(layer_dir, "layer.json", document.dump());
}

std::optional<LayerRecord> read_layer_record(FdView root, const std::string& path) {
  std::string file = path + "/layer.json";
  std::optional<std::string> bytes = sys::read_file_if_exists(root, file);
  if (!bytes) return std::nullopt;
  json document = parse_store_json(*bytes, file, layer_record_version);
  return with_json_errors(file, [&] {
    return LayerRecord{.diff_id = Digest::parse(document.at("diff_id").get<std::string>()),
                       .size_bytes = document.at("size_bytes").get<uint64_t>(),
                       .entries = document.at("entries").get<uint64_t>(),
                       .tar_bytes = document.at("tar_bytes").get<uint64_t>()};
  });
}

uint64_t layer_bytes(FdView root, const std::string& path) {
  try {
    std::optional<LayerRecord> record = read_layer_record(root, path);
    return record ? record->size_bytes : 0;
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace ccocker::registry
