#pragma once
// Getting images for `pull` and `run`: with progress, and ended cleanly by signals.
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "loop/loop.h"
#include "registry/pull.h"
#include "registry/store.h"

namespace ccocker::cli {

std::vector<registry::PullOutcome> fetch(const Context& context, Loop& loop, registry::Store& store,
                                         std::vector<registry::Reference> references, registry::PullOptions options,
                                         bool quiet);

enum class PullPolicy { missing, always, never };
PullPolicy parse_pull_policy(std::string_view text);

// What `run` and `create` say about their image.
struct WantedImage {
  std::string name;
  PullPolicy policy = PullPolicy::missing;
  std::optional<registry::Platform> platform{};  // nullopt: the host's own, and an image of another that is here will do
  bool quiet = false;
  std::vector<std::string> insecure_registries{};  // as in registry::PullOptions
  std::string ca_file{};
};

// An image that nobody can remove as long as `hold` is open. A container's record keeps it from then on.
struct HeldImage {
  registry::Image image;
  Fd hold;
};

// The image that `run` was given, pulled first where the policy says so. Errc::not_found when it is for another
// platform than the one that was asked for.
HeldImage image_to_run(const Context& context, Loop& loop, registry::Store& store, const WantedImage& wanted);

// Its parts: what needs no registry (nullopt when the image has to be fetched), what does, and the taking up by its ID
// of an image that was fetched in another process.
std::optional<HeldImage> image_here(registry::Store& store, const WantedImage& wanted);
HeldImage fetch_image(const Context& context, Loop& loop, registry::Store& store, const WantedImage& wanted);
HeldImage fetched_image(registry::Store& store, const WantedImage& wanted, const std::string& id);

// "Digest: ..." and "Status: ..." as Docker words them.
std::string outcome_lines(const registry::PullOutcome& outcome);

}  // namespace ccocker::cli
