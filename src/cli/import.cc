#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/image_events.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/rfc3339.h"
#include "cli/terminal.h"
#include "loop/sys.h"
#include "registry/new_image.h"

namespace ccocker::cli {
namespace {

Fd open_input(const std::string& word) {
  if (word.starts_with("http://") || word.starts_with("https://"))
    throw Error(
        Errc::unsupported,
        fmt::format("import does not fetch {}: give a file, or pipe it in (curl -L URL | ccocker import -)", word));
  if (word != "-") return sys::openat(sys::cwd(), word, O_RDONLY);
  if (is_terminal(Stream::in))
    throw Error(Errc::invalid, "import - reads a tar from standard input, which is a terminal: use a file or a pipe");
  return sys::dup(FdView(STDIN_FILENO));
}

}  // namespace

std::span<const Option> import_options() {
  static constexpr Option options[] = {
      {"change", 'c', Takes::list, "INSTRUCTION", "Apply a Dockerfile instruction, such as 'CMD [\"sh\"]'"},
      {"message", 'm', Takes::text, "TEXT", "A comment"},
      {"platform", 0, Takes::text, "OS/ARCH[/VARIANT]", "Which platform the files are for (default: this machine's)"},
  };
  return options;
}

int import_command(const Context& context, Parsed& line) {
  std::optional<registry::Reference> name;
  if (line.words.size() > 1) name = registry::parse_reference(line.words[1]);
  if (name) registry::require_free_name(*name);
  registry::ImportConfig config;
  config.platform =
      line.flags.has("platform") ? registry::parse_platform(line.flags.text("platform")) : registry::host_platform();
  config.comment = line.flags.text("message", "Imported from " + line.words[0]);
  config.created = now_rfc3339();
  config.changes = line.flags.list("change");
  static_cast<void>(registry::import_config(config, {}));  // wrong changes are told before the work
  Fd input = open_input(line.words[0]);
  registry::Store store(context.root);
  Loop loop;
  registry::Digest layer;
  try {
    layer = run_interruptible(loop, registry::add_layer_from(store, input));
  } catch (const Interrupted&) {
    throw;
  } catch (Error& error) {
    throw std::move(error).in("importing " + line.words[0]);
  }
  std::string id = run_interruptible(loop, store.add_image(registry::import_config(config, layer), {}, name)).str();
  record_image_event(context, "import", id, id);
  print(id + "\n");
  return 0;
}

}  // namespace ccocker::cli
