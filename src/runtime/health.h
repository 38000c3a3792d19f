#pragma once
#include <functional>
#include <string>

#include "runtime/container.h"
#include "runtime/health_state.h"

namespace ccocker::runtime {

// What a probe's result does to the state: the streak, the status, the log. `in_start_period`: failures do not count
// yet. True when the status changed.
bool apply_probe(HealthState& state, const HealthCheck& check, HealthProbe probe, bool in_start_period);

// The container that is checked.
struct HealthSubject {
  std::string id, cgroup_parent;
  pid_t pid = 0;
  FdView state_dir;
  HealthState before;  // what was found before this start: the log goes on
};

// Checks the health of a running container until cancelled; while it is frozen nothing is checked, and the failure of a
// probe that was frozen on its way does not count. Each result is written to `state_dir`/health.json; `changed` hears
// of every new status.
Task<void> watch_health(Containers& containers, HealthSubject subject, HealthCheck check,
                        std::function<void(const HealthState&)> changed);

}  // namespace ccocker::runtime
