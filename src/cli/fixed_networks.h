#pragma once
// The networks that are there without a record: host and none, and the default one before its first container.
#include <optional>
#include <string_view>
#include <vector>

#include "cli/value.h"
#include "runtime/container.h"

namespace ccocker::cli {

struct FixedNetwork {
  const char* name;
  const char* driver;  // Docker's word for what it is
};
constexpr FixedNetwork fixed_networks[] = {{"bridge", "bridge"}, {"host", "host"}, {"none", "null"}};

std::optional<FixedNetwork> find_fixed_network(std::string_view name);  // or its ID, of which 12 digits are enough
// One that stays: host and none have nothing of their own that an ID could be kept in.
std::string fixed_network_id(const FixedNetwork& fixed);
// As `docker network inspect` shows it, with those that are on it.
Value inspect_fixed_network(const FixedNetwork& fixed, const std::vector<runtime::Container>& on_it);

}  // namespace ccocker::cli
