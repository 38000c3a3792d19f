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

// An image that nobody can remove as long as `hold` is open. A container's record keeps it from then on.
struct HeldImage {
  registry::Image image;
  Fd hold;
};

// The image that `run` was given, pulled first where the policy says so. `platform` is null for the host's own.
HeldImage image_to_run(const Context& context, Loop& loop, registry::Store& store, const std::string& name,
                             PullPolicy policy, const registry::Platform* platform, bool quiet);

// The part of it that needs no registry; nullopt when the image would have to be fetched.
std::optional<HeldImage> image_here(registry::Store& store, const std::string& name, PullPolicy policy,
                                    const registry::Platform* platform);

Error removed_meanwhile(const std::string& name);

// "Digest: ..." and "Status: ..." as Docker words them.
std::string outcome_lines(const registry::PullOutcome& outcome);

}  // namespace ccocker::cli
