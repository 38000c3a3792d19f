#include "cli/image_events.h"

#include "loop/error.h"
#include "runtime/event_log.h"

namespace ccocker::cli {

void record_image_event(const Context& context, const char* action, const std::string& id, const std::string& name,
                        const registry::Image* image) {
  runtime::Event event;
  event.type = runtime::Event::Type::image;
  event.action = action;
  event.actor_id = id;
  if (image) event.attributes = image->config.labels;
  event.attributes["name"] = name;
  runtime::record_event(context.state, event);
}

void record_pull(const Context& context, const registry::Store& store, const registry::Reference& reference,
                 const registry::Digest& image_id) {
  try {
    registry::Image image = store.find(image_id.str());
    record_image_event(context, "pull", reference.familiar(), reference.familiar_name(), &image);
  } catch (const Error&) {
    record_image_event(context, "pull", reference.familiar(), reference.familiar_name());  // removed by now
  }
}

}  // namespace ccocker::cli
