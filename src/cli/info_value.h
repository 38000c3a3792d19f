#pragma once
#include <string>

#include "cli/command.h"
#include "cli/value.h"

namespace ccocker::cli {

// What `info` tells, by Docker's names. What Docker's daemon has and there is no daemon for is empty or its constant:
// no swarm, no ID. `warning` goes into Warnings where it is not empty.
Value info_value(const Context& context, const std::string& warning);

}  // namespace ccocker::cli
