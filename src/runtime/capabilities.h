#pragma once
// Capabilities by name and as bit masks, with Docker's rules for --cap-add and --cap-drop (capabilities(7)).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::runtime {

// What a container gets unless told otherwise: Docker's fourteen, less those this process may not hand on.
uint64_t docker_default_capabilities();

// What this process can hand on: all that the running kernel knows and our own bounding set has.
uint64_t all_capabilities();

// The mask of "NET_ADMIN", "cap_net_admin" (one bit) or "ALL" (all_capabilities()). Errc::invalid, with the nearest
// name, for a word that names none.
uint64_t parse_capability(std::string_view name);

// "CAP_NET_ADMIN" for a number; "CAP_63" for one without a name here.
std::string capability_name(int number);

// Docker's rules: --cap-add ALL gives all but the dropped ones, --cap-drop ALL only the added ones, otherwise `basis`
// less `drop` plus `add`. Errc::invalid for an unknown name; Errc::denied for an added one that is not in our own
// bounding set.
uint64_t apply_capabilities(uint64_t basis, const std::vector<std::string>& add, const std::vector<std::string>& drop);

}  // namespace ccocker::runtime
