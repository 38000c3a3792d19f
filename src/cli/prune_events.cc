#include "cli/prune_events.h"

namespace ccocker::cli {

void record_prune_event(const Context& context, runtime::Event::Type type, uint64_t bytes) {
  runtime::Event event;
  event.type = type;
  event.action = "prune";
  event.attributes["reclaimed"] = std::to_string(bytes);
  runtime::record_event(context.state, event);
}

}  // namespace ccocker::cli
