#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "loop/error.h"
#include "loop/task.h"

namespace ccocker::registry {

// How often and after what pauses a request is made again.
struct RetryPolicy {
  unsigned attempts_max = 6;  // in a row without progress, the first included
  std::chrono::milliseconds pause_first{500};
  std::chrono::milliseconds pause_max{20'000};
  std::chrono::seconds retry_after_max{120};  // a server that wants longer is not waited for

  // The pause before attempt `attempt` (the second is 2): doubled each time, and a random half of it taken off so that
  // clients that failed together do not come back together.
  std::chrono::milliseconds pause_before(unsigned attempt) const;
};

// Why an attempt failed, and whether another may do better.
struct Failure {
  Error error;
  bool may_pass = false;
  std::optional<std::chrono::seconds> retry_after;  // the server's wish
  int status = 0;                                   // of its answer; 0: it gave none
};

// Counts failed attempts in a row.
class Attempts {
 public:
  explicit Attempts(const RetryPolicy& policy) : policy_(policy) {}
  // Waits until it is time for the next attempt; `note`, if any, hears "retrying in 2.0 s: why". Throws the failure
  // when it will not pass, or when there were enough.
  Task<void> wait_after(Failure failure, std::function<void(const std::string&)> note);
  void made_progress() { failed_ = 0; }

 private:
  std::chrono::milliseconds pause_after(Failure failure);

  RetryPolicy policy_;
  unsigned failed_ = 0;
};

// A Retry-After header: seconds or an HTTP date. Nullopt when absent or neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, int64_t now_unix_s);

// Statuses that may pass: 408, 429, 500, 502, 503, 504.
bool status_may_pass(int status);

}  // namespace ccocker::registry
