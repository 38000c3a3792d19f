#pragma once
#include <chrono>

#include "runtime/policies.h"

namespace ccocker::runtime {

// When a container that ended is started again, and after how long: Docker's rules.
class RestartDecision {
 public:
  static constexpr std::chrono::milliseconds backoff_ms_first{100};
  static constexpr std::chrono::milliseconds backoff_ms_max{60'000};
  static constexpr std::chrono::seconds steady_s{10};  // who was up so long begins again with the first

  // `restarts` so far since somebody started it; `stopped` on purpose.
  static bool wanted(const RestartPolicy& policy, int exit_code, int restarts, bool stopped);

  // The wait before the next start of one that was up for `up`; doubles each time.
  std::chrono::milliseconds next_backoff(std::chrono::nanoseconds up);

 private:
  std::chrono::milliseconds backoff_{0};
};

}  // namespace ccocker::runtime
