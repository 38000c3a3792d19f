#pragma once
// A container as `docker inspect` shows it: the same names, nested the same way.
#include <optional>

#include "cli/inspect_network.h"
#include "cli/value.h"
#include "registry/image.h"
#include "runtime/health_state.h"
#include "runtime/record.h"

namespace ccocker::cli {

struct ContainerSizes {
  uint64_t writable_bytes = 0;  // of the container's own layer
  uint64_t root_bytes = 0;      // with the image's
};

struct InspectedContainer {
  const runtime::ContainerRecord& record;
  std::string dir;                         // ROOT/containers/ID
  const registry::Image* image = nullptr;  // null when it was removed
  std::optional<ContainerSizes> sizes;     // inspect --size
  std::optional<runtime::HealthState> health = {};
  ContainerNetworks networks = {};
};

Value inspect_container(const InspectedContainer& it);
Value inspect_health_check(const runtime::HealthCheck& check);  // Docker's object; times in nanoseconds

// Words the entrypoint has of the container's command line, the rest being its Cmd, where an older record does not say:
// as the image's entrypoint, or one where --entrypoint replaced it.
size_t guessed_entrypoint_words(const std::vector<std::string>& args, const registry::Image* image);

}  // namespace ccocker::cli
