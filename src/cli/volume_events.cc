#include "cli/volume_events.h"

#include "runtime/object_events.h"

namespace ccocker::cli {

void record_volume_event(const Context& context, const char* action, const std::string& name) {
  runtime::record_volume_event(context.state, action, name);
}

}  // namespace ccocker::cli
