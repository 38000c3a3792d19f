#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "loop/fd.h"

namespace ccocker::runtime {

struct HealthProbe {
  int64_t start_unix_ns = 0, end_unix_ns = 0;
  int exit_code = 0;  // 0 healthy, 1 not, -1 when it could not be run or took too long
  std::string output;
};

// What the health checks of a container have found: STATE/containers/ID/health.json while it is up. Its end keeps that
// in ROOT/containers/ID/health.json, as unhealthy: so Docker calls one that is not checked any more.
struct HealthState {
  static constexpr size_t probes_max = 5;  // as Docker keeps

  std::string status;  // "starting", "healthy", "unhealthy"; empty: there is no check
  int failing_streak = 0;
  std::deque<HealthProbe> log;  // the newest last
};

std::string health_to_json(const HealthState& state);
HealthState health_from_json(std::string_view text);  // Errc::corrupt
constexpr const char* health_file = "health.json";
// What was saved in `dir`, one of the two directories above; an empty one when there is none or it cannot be read.
HealthState load_health(FdView dir);
HealthState load_health(const std::string& dir);

}  // namespace ccocker::runtime
