#include "cli/volume_events.h"

#include "runtime/event_log.h"

namespace ccocker::cli {

void record_volume_event(const Context& context, const char* action, const std::string& name) {
  runtime::Event event;
  event.type = runtime::Event::Type::volume;
  event.action = action;
  event.actor_id = name;
  event.attributes["driver"] = "local";
  runtime::record_event(context.state, event);
}

}  // namespace ccocker::cli
