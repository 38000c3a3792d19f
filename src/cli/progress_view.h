#pragma once
// What a pull in progress looks like, as lines of text: no terminal, no clock, so that every width is a unit test.
#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "registry/pull.h"

namespace ccocker::cli {

class ProgressView {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void resolved(const registry::Reference& image, const std::vector<registry::Digest>& layers);
  // True when the layer's state changed.
  bool progress(const registry::Digest& layer, registry::LayerState state, uint64_t bytes_done, uint64_t bytes_total);

  // The frame: no line is wider than `columns_max` and there are at most `rows_max` of them; what does not fit is
  // summed up in a line.
  std::vector<std::string> frame(size_t columns_max, size_t rows_max, Time now);
  // "9824c27679d3: Pull complete": one layer for output that is no terminal; empty for states that need no line.
  std::string plain_line(const registry::Digest& layer) const;

 private:
  struct Layer {
    registry::Digest digest;
    registry::LayerState state = registry::LayerState::waiting;
    uint64_t done = 0, total = 0;
    uint64_t fetched = 0, to_fetch = 0;  // of the download alone, for the rate
  };
  struct Line {
    bool active;
    std::string text;
  };
  struct Sample {
    Time when;
    uint64_t bytes;
  };

  Layer& layer(const registry::Digest& digest);
  std::string layer_line(const Layer& layer, size_t columns_max) const;
  std::string summary(Time now);
  double bytes_per_second(Time now, uint64_t fetched);
  std::vector<std::string> shortened(size_t columns_max, size_t rows_max) const;

  std::vector<std::string> images_;
  std::vector<Layer> layers_;
  std::map<std::string, size_t> index_;  // by the digest's hex
  std::deque<Sample> samples_;
};

}  // namespace ccocker::cli
