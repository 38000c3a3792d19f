#include <unistd.h>

#include "cli/command.h"
#include "cli/image_events.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "loop/sys.h"
#include "registry/store.h"
#include "runtime/descriptor_limit.h"

namespace ccocker::cli {

std::span<const Option> load_options() {
  static constexpr Option options[] = {
      {"input", 'i', Takes::text, "FILE",
       "A tar archive (also compressed) or an OCI layout directory (default: standard input)"},
      {"quiet", 'q', Takes::nothing, "", "No progress"},
  };
  return options;
}

int load_command(const Context& context, Parsed& line) {
  std::string path = line.flags.text("input", "-");
  if (path == "-" && is_terminal(Stream::in)) {
    throw Error(Errc::invalid,
                "load reads an image from standard input, which is a terminal: give a file with -i or use a pipe");
  }
  runtime::raise_descriptor_limit();  // each layer that is kept from being removed costs one
  registry::Store store(context.root);
  Loop loop;
  std::unique_ptr<Progress> progress = make_progress(line.flags.on("quiet") || !is_terminal(Stream::error));
  std::vector<Task<void>> background;
  background.push_back(progress->animate());
  Task<std::vector<std::string>> work = registry::load(store, path, *progress);
  std::vector<std::string> loaded = run_interruptible(loop, std::move(work), std::move(background));
  progress->finish();
  for (const std::string& name : loaded) {
    registry::Image image = store.find(name);
    record_image_event(context, "load", image.id.str(), image.id.str(), &image);
    print((name.starts_with("sha256:") ? "Loaded image ID: " : "Loaded image: ") + name + "\n");
  }
  return 0;
}

}  // namespace ccocker::cli
