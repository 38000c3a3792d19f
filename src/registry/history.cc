#include "registry/history.h"

#include <algorithm>

#include "registry/layer_record.h"
#include "registry/manifest.h"
#include "registry/manifest_json.h"
#include "registry/store_files.h"

namespace ccocker::registry {
namespace {

constexpr size_t steps_max = 4096;

std::vector<HistoryStep> parse_history(const std::string& config) {
  Json document = parse_json_object(config, config_bytes_max, "the image config");
  std::vector<HistoryStep> steps;
  for (const JsonFields& item : JsonFields(document, "").objects("history", steps_max))
    steps.push_back({.created = item.text("created"),
                     .created_by = item.text("created_by"),
                     .comment = item.text("comment"),
                     .author = item.text("author"),
                     .empty_layer = item.raw("empty_layer") == "true"});
  return steps;
}

}  // namespace

std::vector<HistoryStep> history_of(const Store& store, const Image& image) {
  std::vector<HistoryStep> steps = parse_history(store.config_bytes(image.id));
  size_t layer = 0;
  auto take_layer = [&](HistoryStep& step) {
    std::optional<LayerRecord> record = read_layer_record(store.root_fd(), layer_path(image.config.diff_ids[layer++]));
    step.size_bytes = record ? record->size_bytes : 0;
  };
  for (HistoryStep& step : steps)
    if (!step.empty_layer && layer < image.config.diff_ids.size()) take_layer(step);
  while (layer < image.config.diff_ids.size()) {
    HistoryStep step;
    step.created = image.config.created;
    take_layer(step);
    steps.push_back(std::move(step));
  }
  std::ranges::reverse(steps);
  return steps;
}

}  // namespace ccocker::registry
