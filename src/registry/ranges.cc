#include "registry/ranges.h"

#include "registry/text.h"

namespace ccocker::registry {

std::optional<ContentRange> parse_content_range(std::string_view value) {
  constexpr std::string_view unit = "bytes ";
  if (!value.starts_with(unit)) return std::nullopt;
  value.remove_prefix(unit.size());
  size_t dash = value.find('-'), slash = value.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  std::optional<uint64_t> first = parse_number(value.substr(0, dash)),
                          last = parse_number(value.substr(dash + 1, slash - dash - 1)),
                          total = parse_number(value.substr(slash + 1));
  bool total_unknown = value.substr(slash + 1) == "*";
  if (!first || !last || *first > *last || (!total && !total_unknown)) return std::nullopt;
  return ContentRange{*first, *last, total};
}

std::optional<uint64_t> parse_upload_range(std::string_view value) {
  size_t dash = value.rfind('-');
  if (dash == value.npos) return std::nullopt;
  std::optional<uint64_t> last = parse_number(value.substr(dash + 1));
  if (!last || *last == UINT64_MAX) return std::nullopt;
  // Docker's registry says 0-0 of an empty upload.
  return *last == 0 ? 0 : *last + 1;
}

}  // namespace ccocker::registry
