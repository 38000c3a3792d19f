#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "runtime/net/address.h"

namespace ccocker::runtime {

// A container's addresses on the first of its networks that is not internal: its default route goes through that one
// and its published ports lead there. A container without one publishes nothing and is told no names of the world.
struct WayOut {
  Address address;
  std::optional<Address> address6;
  bool operator==(const WayOut&) const = default;
};

std::string way_out_text(const std::optional<WayOut>& way_out);  // "10.0.0.2 fd00::2"; empty without one
// False for what is no such text.
bool parse_way_out(std::string_view text, std::optional<WayOut>& out);

}  // namespace ccocker::runtime
