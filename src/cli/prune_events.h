#pragma once
#include <cstdint>

#include "cli/command.h"
#include "runtime/event_log.h"

namespace ccocker::cli {

// The event "prune" of one kind, with the bytes that it gave back.
void record_prune_event(const Context& context, runtime::Event::Type type, uint64_t bytes);

}  // namespace ccocker::cli
