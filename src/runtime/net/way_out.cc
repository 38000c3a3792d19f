#include "runtime/net/way_out.h"

namespace ccocker::runtime {

std::string way_out_text(const std::optional<WayOut>& way_out) {
  if (!way_out) return "";
  return way_out->address.str() + (way_out->address6 ? " " + way_out->address6->str() : "");
}

bool parse_way_out(std::string_view text, std::optional<WayOut>& out) {
  out.reset();
  if (text.empty()) return true;
  size_t space = text.find(' ');
  std::optional<Address> address = Address::parse(text.substr(0, space)), address6;
  if (!address || !address->is_v4()) return false;
  if (space != text.npos) {
    address6 = Address::parse(text.substr(space + 1));
    if (!address6 || address6->is_v4()) return false;
  }
  out = WayOut{*address, address6};
  return true;
}

}  // namespace ccocker::runtime
