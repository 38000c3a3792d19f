#include "cli/command.h"
#include "cli/image_events.h"
#include "registry/store.h"

namespace ccocker::cli {

std::span<const Option> tag_options() { return {}; }

int tag_command(const Context& context, Parsed& line) {
  registry::Store store(context.root);
  if (line.words[0].starts_with("builtin/")) store.builtin();
  registry::Image image = store.find(line.words[0]);
  registry::Reference name = registry::parse_reference(line.words[1]);
  store.tag(image.id, name);
  record_image_event(context, "tag", image.id.str(), name.familiar(), &image);
  return 0;
}

}  // namespace ccocker::cli
