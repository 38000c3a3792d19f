#pragma once
#include <string>

#include "loop/task.h"
#include "runtime/container.h"

namespace ccocker::runtime {

class Supervisor;  // runtime/supervisor.h

// One start of a claimed container, to its end; whatever came of it, what it had is given back. A start that fails
// throws, as Containers::run says.
Task<RunResult> run_once(ContainerClaim& claim, const std::string& root, const std::string& state,
                         Supervisor& supervisor);

// Why it ended badly, to be kept with its record; nothing when it was stopped, since that is what kills by a signal
// then.
std::string kept_error(const RunResult& result, const Supervisor& supervisor);

}  // namespace ccocker::runtime
