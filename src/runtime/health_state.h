#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace ccocker::runtime {

struct HealthProbe {
  int64_t start_unix_ns = 0, end_unix_ns = 0;
  int exit_code = 0;  // 0 healthy, 1 not, -1 when it could not be run or took too long
  std::string output;
};

// What the health checks of a running container have found so far: STATE/containers/ID/health.json.
struct HealthState {
  static constexpr size_t probes_max = 5;  // as Docker keeps

  std::string status;  // "starting", "healthy", "unhealthy"; empty: there is no check
  int failing_streak = 0;
  std::deque<HealthProbe> log;  // the newest last
};

std::string health_to_json(const HealthState& state);
HealthState health_from_json(std::string_view text);  // Errc::corrupt
// What was saved; an empty one when there is none or it does not parse.
HealthState load_health(const std::string& state, const std::string& id);

}  // namespace ccocker::runtime
