#pragma once
// `run --timing`: where the time of a start goes.
#include <chrono>
#include <string>
#include <vector>

#include "runtime/container.h"

namespace ccocker::cli {

class Stopwatch {
 public:
  explicit Stopwatch(std::chrono::steady_clock::time_point started) : started_(started) {}
  void mark(const char* step);  // the step that ends now
  // Steps of somebody who began counting when this was called.
  std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - started_; }
  const std::vector<runtime::TimingStep>& steps() const { return steps_; }

 private:
  std::chrono::steady_clock::time_point started_;
  std::vector<runtime::TimingStep> steps_;
};

// One line a step: when it began and how long it took, in milliseconds, with a bar on a common time line.
std::string waterfall(const std::vector<runtime::TimingStep>& steps);

}  // namespace ccocker::cli
