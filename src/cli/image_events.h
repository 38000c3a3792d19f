#pragma once
// What the event log hears of images: the registry's room knows nothing of the log, so commands tell it.
#include <string>

#include "cli/command.h"
#include "registry/store.h"

namespace ccocker::cli {

// `id` and `name` as Docker's events have them: a pull's ID is its reference, others have the image's.
void record_image_event(const Context& context, const char* action, const std::string& id, const std::string& name,
                        const registry::Image* image = nullptr);
// What a removal did to `image`: "untag" for each name, "delete" when it is gone.
void record_removal(const Context& context, const registry::Image& image, const registry::Removal& removal);
// A pulled image: "pull" of its reference, with the image's labels.
void record_pull(const Context& context, const registry::Store& store, const registry::Reference& reference,
                 const registry::Digest& image_id);

}  // namespace ccocker::cli
