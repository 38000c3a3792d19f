#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "runtime/container.h"
#include "runtime/launch.h"

namespace ccocker::runtime {

// When each step of a start ended, since the timer was made.
class StartTimer {
 public:
  void mark(const char* step);
  // The moments of the child's own clock, which is ours.
  void mark_child(const Launch& launch);
  std::vector<TimingStep> steps() const { return steps_; }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::vector<TimingStep> steps_;
};

}  // namespace ccocker::runtime
