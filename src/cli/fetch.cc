#include "cli/fetch.h"

#include "cli/bad_value.h"
#include "cli/image_events.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "registry/platform.h"

namespace ccocker::cli {
namespace {

std::optional<registry::Image> find_if_there(registry::Store& store, const std::string& name) {
  try {
    return store.find(name);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    return std::nullopt;
  }
}

std::optional<registry::Image> local_image(registry::Store& store, const std::string& name,
                                           const registry::Reference& reference) {
  std::optional<registry::Image> image = store.find_reference(reference);
  return image ? std::move(image) : find_if_there(store, name);  // an ID or a prefix of one
}

registry::Image built_in(registry::Store& store, const registry::Reference& reference) {
  if (reference.repository != "busybox" && reference.repository != "builtin/busybox") {
    throw Error(Errc::not_found,
                fmt::format("there is no built-in image {}: the only one is builtin/busybox", reference.familiar()));
  }
  return store.builtin();
}

void warn_about_platform(const registry::Image& image, const std::string& name) {
  registry::Platform host = registry::host_platform();
  if (registry::runs_on(image.config.platform, host)) return;
  complain(fmt::format("warning: image {} is for {}, this machine is {}; --platform says which one to pull", name,
                       image.config.platform.str(), host.str()));
}

bool fits(const registry::Image& image, const WantedImage& wanted) {
  if (!wanted.platform || registry::runs_on(image.config.platform, *wanted.platform)) return true;
  // Tools that know no variants write none: any may be meant, as for Docker.
  registry::Platform actual = image.config.platform;
  actual.variant = wanted.platform->variant;
  return !image.config.names_variant && registry::runs_on(actual, *wanted.platform);
}

Error wrong_platform(const registry::Image& image, const WantedImage& wanted) {
  std::string actual = image.config.platform.str();
  return Error(Errc::not_found, fmt::format("image with reference {} was found but does not match the specified "
                                            "platform: wanted {}, actual: {}; --platform {} takes it as it is",
                                            wanted.name, wanted.platform->str(), actual, actual));
}

bool is_whole_id(const std::string& name) {
  return name.starts_with("sha256:") ||
         (name.size() == 64 && name.find_first_not_of("0123456789abcdef") == name.npos);
}

// The image that is here by this name, whatever platform it is for, and whether a registry may have another one.
struct LocalImage {
  std::optional<registry::Image> image;
  bool may_be_fetched = true;
};

LocalImage find_here(registry::Store& store, const WantedImage& wanted) {
  if (is_whole_id(wanted.name)) return {store.find(wanted.name), false};
  registry::Reference reference = registry::parse_reference(wanted.name);
  if (reference.registry == "builtin") return {built_in(store, reference), false};
  if (wanted.policy == PullPolicy::always) return {std::nullopt};
  return {local_image(store, wanted.name, reference), wanted.policy != PullPolicy::never};
}

}  // namespace

std::vector<registry::PullOutcome> fetch(const Context& context, Loop& loop, registry::Store& store,
                                         std::vector<registry::Reference> references, registry::PullOptions options,
                                         bool quiet) {
  std::unique_ptr<Progress> progress = make_progress(quiet);
  std::vector<Task<void>> background;
  background.push_back(progress->animate());
  Task<std::vector<registry::PullOutcome>> work = pull(store, std::move(references), std::move(options), *progress);
  struct Finish {
    Progress& progress;
    ~Finish() { progress.finish(); }
  } finish{*progress};
  std::vector<registry::PullOutcome> outcomes = run_interruptible(loop, std::move(work), std::move(background));
  for (const registry::PullOutcome& outcome : outcomes)
    if (!outcome.failure) record_pull(context, store, outcome.reference, outcome.image_id);
  return outcomes;
}

PullPolicy parse_pull_policy(std::string_view text) {
  struct Row {
    std::string_view word;
    PullPolicy policy;
  };
  constexpr Row rows[] = {
      {"missing", PullPolicy::missing}, {"always", PullPolicy::always}, {"never", PullPolicy::never}};
  for (const Row& row : rows) {
    if (row.word == text) return row.policy;
  }
  bad_value("pull", text, "always, missing or never");
}

std::optional<HeldImage> image_here(registry::Store& store, const WantedImage& wanted) {
  for (;;) {
    auto [image, may_be_fetched] = find_here(store, wanted);
    if (!image || (!fits(*image, wanted) && may_be_fetched)) return std::nullopt;
    if (!fits(*image, wanted)) throw wrong_platform(*image, wanted);
    std::optional<Fd> hold = store.hold(*image);
    if (!hold) continue;  // it was removed right now: another image may have its name
    if (!wanted.platform) warn_about_platform(*image, wanted.name);
    return HeldImage{std::move(*image), std::move(*hold)};
  }
}

HeldImage fetch_image(const Context& context, Loop& loop, registry::Store& store, const WantedImage& wanted) {
  registry::Reference reference = registry::parse_reference(wanted.name);
  if (wanted.policy == PullPolicy::never) {
    throw Error(Errc::not_found, fmt::format("no such image: {}{}; --pull never forbids fetching it", wanted.name,
                                             wanted.platform ? " for " + wanted.platform->str() : ""));
  }
  if (wanted.policy == PullPolicy::missing && !wanted.quiet)
    print_error(fmt::format("Unable to find image '{}' locally\n", reference.familiar()));
  registry::PullOptions options;
  if (wanted.platform) options.platform = *wanted.platform;
  options.insecure_registries = wanted.insecure_registries;
  options.ca_file = wanted.ca_file;
  std::vector<registry::PullOutcome> outcomes = fetch(context, loop, store, {reference}, options, wanted.quiet);
  if (outcomes[0].failure) throw std::move(*outcomes[0].failure);
  if (!wanted.quiet) print_error(outcome_lines(outcomes[0]));
  HeldImage fetched = fetched_image(store, wanted, outcomes[0].image_id.str());
  if (!outcomes[0].chosen && !fits(fetched.image, wanted)) throw wrong_platform(fetched.image, wanted);
  return fetched;
}

HeldImage fetched_image(registry::Store& store, const WantedImage& wanted, const std::string& id) {
  std::optional<registry::Image> image = find_if_there(store, id);
  std::optional<Fd> hold = image ? store.hold(*image) : std::nullopt;
  if (!hold)
    throw Error(Errc::not_found, fmt::format("image {} was removed while it was fetched; try again", wanted.name));
  return HeldImage{std::move(*image), std::move(*hold)};
}

HeldImage image_to_run(const Context& context, Loop& loop, registry::Store& store, const WantedImage& wanted) {
  std::optional<HeldImage> here = image_here(store, wanted);
  return here ? std::move(*here) : fetch_image(context, loop, store, wanted);
}

std::string outcome_lines(const registry::PullOutcome& outcome) {
  std::string name = outcome.reference.familiar();
  // Of what is fetched, the progress tells it.
  return (outcome.up_to_date ? pulling_line(outcome.reference) : "") +
         fmt::format("Digest: {}\nStatus: {} {}\n", outcome.manifest_digest.str(),
                     outcome.up_to_date ? "Image is up to date for" : "Downloaded newer image for", name);
}

}  // namespace ccocker::cli
