#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/image_events.h"
#include "cli/prune.h"
#include "registry/store.h"

namespace ccocker::cli {
namespace {

std::optional<registry::Image> find_image(const registry::Store& store, const std::string& name) {
  try {
    return store.find(name);
  } catch (const Error&) {
    return std::nullopt;  // removing it will say why
  }
}

void remove(const Context& context, registry::Store& store, const std::string& name, bool force) {
  try {
    std::optional<registry::Image> image = find_image(store, name);
    registry::Removal removal = store.remove(name, [&] { return image_users(context); }, force);
    if (image) record_removal(context, *image, removal);
    for (const std::string& reference : removal.untagged) print("Untagged: " + reference + "\n");
    for (const registry::Digest& digest : removal.deleted) print("Deleted: " + digest.str() + "\n");
  } catch (const Error& error) {
    if (!force || error.code() != Errc::not_found) throw;
    complain(error.what());
  }
}

}  // namespace

std::span<const Option> rmi_options() {
  static constexpr Option options[] = {
      {"force", 'f', Takes::nothing, "", "Also when several names point to it; no failure when it is not there"},
      {"no-prune", 0, Takes::nothing, "", "", nullptr, "layers that nothing needs are always removed"},
  };
  return options;
}

int rmi_command(const Context& context, Parsed& line) {
  registry::Store store(context.root);
  bool force = line.flags.on("force");
  return for_each_word(line.words, [&](const std::string& name) { remove(context, store, name, force); });
}

}  // namespace ccocker::cli
