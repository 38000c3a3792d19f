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

void record_removal(const Context& context, const registry::Image& image, const registry::Removal& removal) {
  std::string id = image.id.str();
  for (size_t i = 0; i < removal.untagged.size(); ++i) record_image_event(context, "untag", id, id, &image);
  for (const registry::Digest& digest : removal.deleted)
    if (digest == image.id) record_image_event(context, "delete", id, id, &image);
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
