#pragma once
#include <string>

#include "cli/command.h"

namespace ccocker::cli {

// What the event log hears of volumes: "create" and "destroy".
void record_volume_event(const Context& context, const char* action, const std::string& name);

}  // namespace ccocker::cli
