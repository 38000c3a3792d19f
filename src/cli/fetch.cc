#include "cli/fetch.h"

#include "cli/bad_value.h"
#include "cli/image_events.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace ccocker::cli {
namespace {

bool same_platform(const registry::Platform& have, const registry::Platform& want) {
  bool variant_fits = want.variant.empty() || have.variant.empty() || have.variant == want.variant;
  return have.os == want.os && have.architecture == want.architecture && variant_fits;
}

std::optional<registry::Image> local_image(registry::Store& store, const std::string& name,
                                           const registry::Reference& reference) {
  if (std::optional<registry::Image> image = store.find_reference(reference)) return image;
  try {
    return store.find(name);  // an ID or a prefix of one
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    return std::nullopt;
  }
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
  if (same_platform(image.config.platform, host)) return;
  complain(fmt::format("warning: image {} is for {}, this machine is {}; --platform says which one to pull", name,
                       image.config.platform.str(), host.str()));
}

std::optional<registry::Image> find_here(registry::Store& store, const std::string& name, PullPolicy policy,
                                         const registry::Platform* platform) {
  bool is_id =
      name.starts_with("sha256:") || (name.size() == 64 && name.find_first_not_of("0123456789abcdef") == name.npos);
  if (is_id) return store.find(name);
  registry::Reference reference = registry::parse_reference(name);
  if (reference.registry == "builtin") return built_in(store, reference);
  if (policy == PullPolicy::always) return std::nullopt;
  std::optional<registry::Image> image = local_image(store, name, reference);
  bool fits = image && (!platform || same_platform(image->config.platform, *platform));
  return fits ? std::move(image) : std::nullopt;
}

}  // namespace

Error removed_meanwhile(const std::string& name) {
  return Error(Errc::not_found, fmt::format("image {} was removed while it was fetched; try again", name));
}

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

std::optional<HeldImage> image_here(registry::Store& store, const std::string& name, PullPolicy policy,
                                    const registry::Platform* platform) {
  for (;;) {
    std::optional<registry::Image> image = find_here(store, name, policy, platform);
    if (!image) return std::nullopt;
    std::optional<Fd> hold = store.hold(*image);
    if (!hold) continue;  // it was removed right now: another image may have its name
    if (!platform) warn_about_platform(*image, name);
    return HeldImage{std::move(*image), std::move(*hold)};
  }
}

HeldImage image_to_run(const Context& context, Loop& loop, registry::Store& store, const std::string& name,
                       PullPolicy policy, const registry::Platform* platform, bool quiet) {
  std::optional<HeldImage> here = image_here(store, name, policy, platform);
  if (here) return std::move(*here);
  registry::Reference reference = registry::parse_reference(name);
  if (policy == PullPolicy::never) {
    throw Error(Errc::not_found, fmt::format("no such image: {}{}; --pull never forbids fetching it", name,
                                             platform ? " for " + platform->str() : ""));
  }
  if (policy == PullPolicy::missing && !quiet)
    print_error(fmt::format("Unable to find image '{}' locally\n", reference.familiar()));
  registry::PullOptions options;
  if (platform) options.platform = *platform;
  std::vector<registry::PullOutcome> outcomes = fetch(context, loop, store, {reference}, options, quiet);
  if (outcomes[0].failure) throw std::move(*outcomes[0].failure);
  if (!quiet) print_error(outcome_lines(outcomes[0]));
  registry::Image image = store.find(outcomes[0].image_id.str());
  std::optional<Fd> hold = store.hold(image);
  if (!hold) throw removed_meanwhile(name);
  return HeldImage{std::move(image), std::move(*hold)};
}

std::string outcome_lines(const registry::PullOutcome& outcome) {
  std::string name = outcome.reference.familiar();
  return fmt::format("Digest: {}\nStatus: {} {}\n", outcome.manifest_digest.str(),
                     outcome.up_to_date ? "Image is up to date for" : "Downloaded newer image for", name);
}

}  // namespace ccocker::cli
