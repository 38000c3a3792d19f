#include "cli/progress_view.h"

#include <fmt/format.h>

#include "cli/size.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

using registry::LayerState;

constexpr size_t bar_columns_max = 50, bar_columns_min = 10;
constexpr size_t bytes_columns = 13;  // "9.99MB/9.99MB"
constexpr auto rate_window = std::chrono::seconds(3);

struct StateWords {
  LayerState state;
  const char* words;   // Docker's
  bool active, ended;  // active layers are shown first when not all fit
  bool bar;
  const char* plain;  // what a log needs to hear, "" for nothing
};
constexpr StateWords state_words[] = {
    {LayerState::waiting, "Waiting", false, false, false, ""},
    {LayerState::downloading, "Downloading", true, false, true, "Downloading"},
    {LayerState::retrying, "Retrying", true, false, false, "Retrying"},
    {LayerState::verifying, "Verifying", true, false, false, ""},
    {LayerState::extracting, "Extracting", true, false, true, ""},
    {LayerState::exists, "Already exists", false, true, false, "Already exists"},
    {LayerState::done, "Pull complete", false, true, false, "Pull complete"},
    {LayerState::failed, "Failed", true, true, false, "Failed"},
    {LayerState::given_up, "Given up", false, true, false, ""},
    {LayerState::preparing, "Preparing", true, false, true, "Preparing"},
    {LayerState::pushing, "Pushing", true, false, true, ""},
    {LayerState::pushed, "Pushed", false, true, false, "Pushed"},
    {LayerState::mounted, "Mounted from another repository", false, true, false, "Mounted from another repository"},
    {LayerState::there_already, "Layer already exists", false, true, false, "Layer already exists"},
};

const StateWords& words_of(LayerState state) {
  for (const StateWords& row : state_words) {
    if (row.state == state) return row;
  }
  return state_words[0];
}

std::string bar(uint64_t done, uint64_t total, size_t columns) {
  size_t filled = total == 0 ? 0
                             : static_cast<size_t>(static_cast<double>(std::min(done, total)) /
                                                   static_cast<double>(total) * static_cast<double>(columns));
  std::string out(filled, '=');
  if (filled < columns) out += '>';
  out.resize(columns, ' ');
  return "[" + out + "]";
}

}  // namespace

void ProgressView::resolved(const registry::Reference& image, const std::vector<registry::Digest>& layers) {
  images_.push_back(image.familiar());
  for (const registry::Digest& digest : layers) layer(digest);
}

ProgressView::Layer& ProgressView::layer(const registry::Digest& digest) {
  auto [found, added] = index_.emplace(digest.hex(), layers_.size());
  if (added) {
    layers_.emplace_back();
    layers_.back().digest = digest;
  }
  return layers_[found->second];
}

bool ProgressView::progress(const registry::Digest& digest, LayerState state, uint64_t bytes_done,
                            uint64_t bytes_total) {
  Layer& line = layer(digest);
  bool changed = line.state != state;
  line.state = state;
  line.done = bytes_done;
  line.total = bytes_total;
  if (state == LayerState::downloading || state == LayerState::retrying || state == LayerState::pushing) {
    line.fetched = std::max(line.fetched, bytes_done);
    line.to_fetch = std::max(line.to_fetch, bytes_total);
  } else if (state == LayerState::waiting) {
    line.to_fetch = std::max(line.to_fetch, bytes_total);
  } else if (state == LayerState::extracting || state == LayerState::done) {
    line.fetched = line.to_fetch;
  } else if (state == LayerState::given_up) {
    line.to_fetch = line.fetched;
  }
  return changed;
}

std::string ProgressView::layer_line(const Layer& layer, size_t columns_max) const {
  const StateWords& words = words_of(layer.state);
  std::string head = fmt::format("{}: {}", layer.digest.short_id(), words.words);
  if (!words.bar || layer.total == 0) return ellipsis(head, columns_max);
  std::string bytes = fmt::format("{}/{}", human_size(layer.done), human_size(layer.total));
  size_t rest = columns(head) + bytes_columns + 5;  // spaces and brackets; bars of one width do not jitter
  if (columns_max < rest + bar_columns_min) return ellipsis(head + " " + bytes, columns_max);
  return head + " " + bar(layer.done, layer.total, std::min(columns_max - rest, bar_columns_max)) + "  " + bytes;
}

double ProgressView::bytes_per_second(Time now, uint64_t fetched) {
  samples_.push_back({now, fetched});
  while (samples_.size() > 2 && now - samples_[1].when > rate_window) samples_.pop_front();
  double seconds = std::chrono::duration<double>(now - samples_.front().when).count();
  return seconds < 0.05 ? 0 : static_cast<double>(fetched - samples_.front().bytes) / seconds;
}

std::string ProgressView::summary(Time now) {
  uint64_t fetched = 0, to_fetch = 0;
  size_t ended = 0;
  for (const Layer& layer : layers_) {
    fetched += layer.fetched;
    to_fetch += layer.to_fetch;
    ended += words_of(layer.state).ended;
  }
  double rate = bytes_per_second(now, fetched);
  std::string out = fmt::format("{} of {} layers", ended, layers_.size());
  if (images_.size() > 1) out += fmt::format(" of {} images", images_.size());
  if (to_fetch > 0) out += fmt::format(", {}/{}", human_size(fetched), human_size(to_fetch));
  if (rate > 0) out += fmt::format(", {}/s", human_size(static_cast<uint64_t>(rate)));
  return out;
}

// The layers that move, as many as fit, and a line for the others.
std::vector<std::string> ProgressView::shortened(size_t columns_max, size_t rows_max) const {
  std::vector<std::string> lines;
  size_t hidden = layers_.size();
  for (bool active : {true, false}) {
    for (const Layer& layer : layers_) {
      const StateWords& words = words_of(layer.state);
      bool wanted = active ? words.active : layer.state == LayerState::waiting;
      if (!wanted || lines.size() + 1 >= rows_max) continue;
      lines.push_back(layer_line(layer, columns_max));
      --hidden;
    }
  }
  bool some_move = hidden < layers_.size();
  if (some_move && hidden > 0 && rows_max > 0)
    lines.push_back(ellipsis(fmt::format("... and {} more layers", hidden), columns_max));
  return lines;
}

std::vector<std::string> ProgressView::frame(size_t columns_max, size_t rows_max, Time now) {
  std::string last = ellipsis(summary(now), columns_max);
  if (layers_.empty() || rows_max == 0) return {};
  std::vector<std::string> lines;
  if (layers_.size() < rows_max) {
    for (const Layer& layer : layers_) lines.push_back(layer_line(layer, columns_max));
  } else {
    lines = shortened(columns_max, rows_max - 1);
  }
  lines.push_back(last);
  return lines;
}

std::string ProgressView::plain_line(const registry::Digest& digest) const {
  auto found = index_.find(digest.hex());
  if (found == index_.end()) return {};
  const Layer& layer = layers_[found->second];
  const char* words = words_of(layer.state).plain;
  if (!*words) return {};
  std::string size = layer.state == LayerState::downloading && layer.total > 0 ? " " + human_size(layer.total) : "";
  return fmt::format("{}: {}{}", digest.short_id(), words, size);
}

}  // namespace ccocker::cli
