#include "registry/save.h"

#include "cli/command.h"
#include "cli/image_events.h"
#include "cli/interruptible.h"
#include "cli/output_file.h"
#include "runtime/descriptor_limit.h"

namespace ccocker::cli {

std::span<const Option> save_options() {
  static constexpr Option options[] = {
      {"output", 'o', Takes::text, "FILE", "Write to a file instead of standard output"},
  };
  return options;
}

int save_command(const Context& context, Parsed& line) {
  runtime::raise_descriptor_limit();  // each layer that is kept from being removed costs one
  registry::Store store(context.root);
  for (const std::string& word : line.words)
    if (word.starts_with("builtin/")) store.builtin();
  std::vector<registry::ImageToSave> images = registry::images_to_save(store, line.words);
  std::vector<registry::Digest> saved;
  for (const registry::ImageToSave& image : images) saved.push_back(image.image.id);
  OutputFile file(line.flags.text("output"), "save");
  registry::FdSink sink(file.fd());
  Loop loop;
  run_interruptible(loop, registry::save(store, std::move(images), sink));
  file.finish();
  for (const registry::Digest& id : saved) record_image_event(context, "save", id.str(), id.str());
  return 0;
}

}  // namespace ccocker::cli
