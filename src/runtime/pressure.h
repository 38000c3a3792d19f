#pragma once
#include <functional>
#include <string>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/policies.h"

namespace ccocker::runtime {

// Opens a pressure stall trigger (kernel's accounting/psi.rst): of the container's own group where the v2 hierarchy
// has one, since it counts whichever hierarchy limits. Errc::unsupported where this kernel keeps no pressure figures.
Fd open_pressure_trigger(FdView v2_group, const PressureTrigger& trigger);

// Calls `on_pressure` each time the trigger fires, until cancelled.
Task<void> watch_pressure(Fd trigger, std::function<void()> on_pressure);

}  // namespace ccocker::runtime
