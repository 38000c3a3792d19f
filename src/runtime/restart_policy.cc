#include "runtime/restart_policy.h"

#include <algorithm>

namespace ccocker::runtime {

bool RestartDecision::wanted(const RestartPolicy& policy, int exit_code, int restarts, bool stopped) {
  if (stopped) return false;
  switch (policy.kind) {
    case RestartPolicy::Kind::no:
      return false;
    case RestartPolicy::Kind::on_failure:
      return exit_code != 0 && (policy.retries_max == 0 || restarts < policy.retries_max);
    case RestartPolicy::Kind::always:
    case RestartPolicy::Kind::unless_stopped:
      return true;
  }
  return false;
}

std::chrono::milliseconds RestartDecision::next_backoff(std::chrono::nanoseconds up) {
  bool steady = up >= steady_s;
  backoff_ = steady || backoff_.count() == 0 ? backoff_ms_first : std::min(2 * backoff_, backoff_ms_max);
  return backoff_;
}

}  // namespace ccocker::runtime
