#include "registry/push.h"

#include <fmt/format.h>

#include "cli/accepted_flags.h"
#include "cli/command.h"
#include "cli/image_events.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "runtime/descriptor_limit.h"

namespace ccocker::cli {
namespace {

using registry::Reference;

registry::PushOptions push_options_of(const Flags& flags) {
  registry::PushOptions options;
  options.insecure_registries = flags.list("insecure-registry");
  options.ca_file = flags.text("ca-file");
  return options;
}

registry::PushOutcome push_one(Loop& loop, registry::Store& store, const Reference& name,
                               const registry::PushOptions& options, bool quiet) {
  std::optional<registry::Image> image = store.find_reference(name);
  if (!image)
    throw Error(Errc::not_found, fmt::format("An image does not exist locally with the tag: {}", name.familiar_name()));
  image = store.find(image->id.str());  // with all its names
  std::unique_ptr<Progress> progress = make_progress(quiet);
  std::vector<Task<void>> background;
  background.push_back(progress->animate());
  struct Finish {
    Progress& progress;
    ~Finish() { progress.finish(); }
  } finish{*progress};
  registry::Digest id = image->id;
  Task<registry::PushOutcome> work = registry::push(store, std::move(*image), name, options, *progress);
  registry::PushOutcome outcome = run_interruptible(loop, std::move(work), std::move(background));
  store.add_repo_digest(id, name, outcome.manifest_digest);
  return outcome;
}

std::vector<Reference> all_tags(const registry::Store& store, const Reference& wanted) {
  std::vector<Reference> tags;
  for (const registry::Image& image : store.images())
    for (const Reference& name : image.tags)
      if (same_repository(name, wanted)) tags.push_back(name);
  if (tags.empty())
    throw Error(Errc::not_found,
                fmt::format("An image does not exist locally with the tag: {}", wanted.familiar_name()));
  return tags;
}

bool names_a_tag(const std::string& word) {
  size_t slash = word.rfind('/');
  return word.find(':', slash == word.npos ? 0 : slash) != word.npos;
}

}  // namespace

std::span<const Option> push_options() {
  static constexpr Option options[] = {
      {"all-tags", 'a', Takes::nothing, "", "Push all tags of the repository"},
      {"ca-file", 0, Takes::text, "FILE", "Trust the certificates in this PEM file too"},
      {"disable-content-trust", 0, Takes::nothing, "", "Check no signatures (the default, and all there is)"},
      {"insecure-registry", 0, Takes::list, "HOST[:PORT]", "Reach this registry by plain HTTP or unverified TLS"},
      {"quiet", 'q', Takes::nothing, "", "No progress, only the name"},
  };
  return options;
}

int push_command(const Context& context, Parsed& line) {
  check_content_trust(line.flags);
  Reference wanted = registry::parse_reference(line.words[0]);
  if (!wanted.digest.empty()) throw Error(Errc::invalid, "cannot push a digest reference");
  if (wanted.registry == "builtin")
    throw Error(Errc::invalid, "names of \"builtin\" belong to no registry: tag the image with another name first");
  bool every = line.flags.on("all-tags"), quiet = line.flags.on("quiet");
  if (every && names_a_tag(line.words[0])) throw Error(Errc::invalid, "tag can't be used with --all-tags/-a");
  registry::PushOptions options = push_options_of(line.flags);
  runtime::raise_descriptor_limit();  // each layer that is kept from being removed costs one
  registry::Store store(context.root);
  std::vector<Reference> names = every ? all_tags(store, wanted) : std::vector<Reference>{wanted};
  if (!quiet) {
    if (!every && !names_a_tag(line.words[0])) print("Using default tag: latest\n");
    print(fmt::format("The push refers to repository [{}/{}]\n", wanted.registry, wanted.repository));
    finish_output();
  }
  Loop loop;
  for (const Reference& name : names) {
    registry::PushOutcome outcome = push_one(loop, store, name, options, quiet);
    record_image_event(context, "push", name.familiar(), name.familiar_name());
    if (quiet) continue;
    print(fmt::format("{}: digest: {} size: {}\n", name.tag, outcome.manifest_digest.str(), outcome.manifest_bytes));
  }
  if (quiet) print((every ? fmt::format("{}/{}", wanted.registry, wanted.repository) : wanted.full()) + "\n");
  return 0;
}

}  // namespace ccocker::cli
