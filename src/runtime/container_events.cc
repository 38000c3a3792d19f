#include "runtime/container_events.h"

#include "runtime/container.h"
#include "runtime/event_log.h"

namespace ccocker::runtime {

void record_container_event(const std::string& state, const Container& container, const std::string& action,
                            const std::map<std::string, std::string>& more) noexcept {
  try {
    Event event;
    event.action = action;
    event.actor_id = container.id;
    event.attributes = container.labels;
    event.attributes["image"] = container.image;
    event.attributes["name"] = container.name;
    for (const auto& [key, value] : more) event.attributes[key] = value;
    record_event(state, event);
  } catch (const std::exception&) {
    // No memory: the event is lost, and nothing else.
  }
}

}  // namespace ccocker::runtime
