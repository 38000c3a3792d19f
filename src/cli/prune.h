#pragma once
// What nobody needs any more, for `container|image|network|volume|system prune`.
#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/filter.h"
#include "registry/store.h"

namespace ccocker::cli {

// What a prune did, as Docker prints it.
struct Pruned {
  std::vector<std::string> lines;
  uint64_t bytes = 0;
};

// --filter until=, label= and label!= of the prunes.
class PruneFilters {
 public:
  // `keys` are those that the command knows.
  PruneFilters(const std::vector<std::string>& values, std::span<const std::string_view> keys);
  bool fits(int64_t created_unix_s, const std::map<std::string, std::string>& labels) const;
  bool on(std::string_view key) const;  // a truth value such as all=true
  bool has(std::string_view key) const { return filters_.has(key); }
  bool choose() const { return has("until") || has("label") || has("label!"); }  // among what could be removed

 private:
  Filters filters_;
  int64_t now_unix_s_;
};

Pruned prune_containers(const Context& context, const PruneFilters& filters);
// With `all` also images that have names, when no container stands on them.
Pruned prune_images(const Context& context, const PruneFilters& filters, bool all);
// With `all` also volumes that have names.
Pruned prune_volumes(const Context& context, const PruneFilters& filters, bool all);

// Networks that nothing runs on; the default one's bridge and rules go silently, until the next container.
Pruned prune_networks(const Context& context, const PruneFilters& filters);

registry::ImageUsers image_users(const Context& context);

}  // namespace ccocker::cli
