#pragma once
// --filter KEY=VALUE of the listing commands.
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::cli {

class Filters {
 public:
  Filters() = default;
  // Errc::invalid for a form other than KEY=VALUE and for a key that is not in `known`.
  Filters(const std::vector<std::string>& values, std::span<const std::string_view> known);

  // True when no filter of this key was given, or one of them fits.
  bool any(std::string_view key, const std::function<bool(const std::string&)>& fits) const;
  // True when each filter of this key fits.
  bool all(std::string_view key, const std::function<bool(const std::string&)>& fits) const;
  // `label=KEY` and `label=KEY=VALUE`, all of them.
  bool labels_fit(const std::map<std::string, std::string>& labels) const;
  bool has(std::string_view key) const;

 private:
  std::vector<std::pair<std::string, std::string>> filters_;
};

}  // namespace ccocker::cli
