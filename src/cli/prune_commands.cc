// container prune, image prune, network prune, volume prune and system prune, in Docker's words.
#include <fmt/format.h>

#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/prune.h"
#include "cli/size.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

constexpr std::string_view container_keys[] = {"until", "label", "label!"};
constexpr std::string_view image_keys[] = {"until", "label", "label!", "dangling"};
constexpr std::string_view volume_keys[] = {"label", "label!", "all"};

constexpr Option force_option = {"force", 'f', Takes::nothing, "", "Do not ask"};
constexpr Option filter_option = {"filter", 0, Takes::list, "KEY=VALUE", "Only those that fit: until, label, label!"};

bool agreed(const Flags& flags, const std::string& warning) {
  return flags.on("force") || confirm(fmt::format("WARNING! {}\nAre you sure you want to continue? [y/N] ", warning));
}

void print_pruned(const char* title, const Pruned& pruned) {
  if (pruned.lines.empty()) return;
  print(fmt::format("{}:\n", title));
  for (const std::string& line : pruned.lines) print(line + "\n");
  print("\n");
}

int finish(uint64_t bytes) {
  print(fmt::format("Total reclaimed space: {}\n", human_size(bytes)));
  return 0;
}

int finish(const char* title, const Pruned& pruned) {
  print_pruned(title, pruned);
  return finish(pruned.bytes);
}

}  // namespace

std::span<const Option> container_prune_options() {
  static constexpr Option options[] = {filter_option, force_option};
  return options;
}

int container_prune_command(const Context& context, Parsed& line) {
  PruneFilters filters(line.flags.list("filter"), container_keys);
  if (!agreed(line.flags, "This will remove all stopped containers.")) return finish(0);
  return finish("Deleted Containers", prune_containers(context, filters));
}

std::span<const Option> image_prune_options() {
  static constexpr Option options[] = {
      {"all", 'a', Takes::nothing, "", "Also images with names that no container uses"}, filter_option, force_option};
  return options;
}

int image_prune_command(const Context& context, Parsed& line) {
  PruneFilters filters(line.flags.list("filter"), image_keys);
  // dangling=false is -a in other words.
  bool all = line.flags.on("all") || (filters.has("dangling") && !filters.on("dangling"));
  const char* warning = all ? "This will remove all images without at least one container associated to them."
                            : "This will remove all dangling images.";
  if (!agreed(line.flags, warning)) return finish(0);
  return finish("Deleted Images", prune_images(context, filters, all));
}

std::span<const Option> network_prune_options() {
  static constexpr Option options[] = {filter_option, force_option};
  return options;
}

int network_prune_command(const Context& context, Parsed& line) {
  PruneFilters filters(line.flags.list("filter"), container_keys);
  if (agreed(line.flags, "This will remove all custom networks not used by at least one container."))
    print_pruned("Deleted Networks", prune_networks(context, filters));
  return 0;
}

std::span<const Option> volume_prune_options() {
  static constexpr Option options[] = {
      {"all", 'a', Takes::nothing, "", "Also volumes with names"},
      {"filter", 0, Takes::list, "KEY=VALUE", "Only those that fit: all, label, label!"},
      force_option};
  return options;
}

int volume_prune_command(const Context& context, Parsed& line) {
  PruneFilters filters(line.flags.list("filter"), volume_keys);
  bool all = line.flags.on("all") || filters.on("all");
  std::string warning =
      fmt::format("This will remove {} local volumes not used by at least one container.", all ? "all" : "anonymous");
  if (!agreed(line.flags, warning)) return finish(0);
  return finish("Deleted Volumes", prune_volumes(context, filters, all));
}

std::span<const Option> system_prune_options() {
  static constexpr Option options[] = {
      {"all", 'a', Takes::nothing, "", "Also images with names that no container uses"},
      filter_option,
      force_option,
      {"volumes", 0, Takes::nothing, "", "Also anonymous volumes"}};
  return options;
}

int system_prune_command(const Context& context, Parsed& line) {
  PruneFilters filters(line.flags.list("filter"), container_keys);
  bool all = line.flags.on("all"), volumes = line.flags.on("volumes");
  if (volumes && filters.has("until"))
    throw Error(Errc::invalid, "The \"until\" filter is not supported with \"--volumes\"");
  std::string warning =
      "This will remove:\n  - all stopped containers\n"
      "  - all networks not used by at least one container\n";
  if (volumes) warning += "  - all anonymous volumes not used by at least one container\n";
  warning += all ? "  - all images without at least one container associated to them\n" : "  - all dangling images\n";
  if (!agreed(line.flags, warning)) return finish(0);
  Pruned containers = prune_containers(context, filters);
  Pruned networks = prune_networks(context, filters);
  Pruned unused;
  if (volumes) unused = prune_volumes(context, filters, false);
  Pruned images = prune_images(context, filters, all);
  print_pruned("Deleted Containers", containers);
  print_pruned("Deleted Networks", networks);
  print_pruned("Deleted Volumes", unused);
  print_pruned("Deleted Images", images);
  return finish(containers.bytes + unused.bytes + images.bytes);
}

}  // namespace ccocker::cli
