#pragma once
// The lines of `stats`.
#include <optional>
#include <span>
#include <string>

#include "cli/listing.h"
#include "runtime/container.h"
#include "runtime/usage.h"

namespace ccocker::cli {

std::span<const Heading> stats_headings();

struct StatsSample {
  runtime::Container container;
  std::optional<runtime::Usage> before, now;  // `now` is nullopt when it does not run, `before` for the first
  std::string typed;                          // what it was called on the command line; empty for one of all
};

Row stats_row(const StatsSample& sample, bool truncate);
// The default table; with a column for pressure where the kernel tells of it.
std::string stats_format(bool pressure);

}  // namespace ccocker::cli
