#include "runtime/timing.h"

#include <algorithm>

namespace ccocker::runtime {

void StartTimer::mark(const char* step) { steps_.push_back({step, std::chrono::steady_clock::now() - begin_}); }

void StartTimer::mark_child(const Launch& launch) {
  static constexpr const char* names[] = {"child born", "child: root", "child: mounts", "child: ready"};
  for (size_t i = 0; i < launch.moments_ns.size(); ++i) {
    if (launch.moments_ns[i] == 0) continue;
    std::chrono::steady_clock::time_point moment{std::chrono::nanoseconds(launch.moments_ns[i])};
    steps_.push_back({names[i], moment - begin_});
  }
  std::ranges::stable_sort(steps_, {}, &TimingStep::since_start);
}

}  // namespace ccocker::runtime
