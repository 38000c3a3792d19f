#include "cli/filter.h"

#include <algorithm>

#include "cli/bad_value.h"

namespace ccocker::cli {

Filters::Filters(const std::vector<std::string>& values, std::span<const std::string_view> known) {
  for (const std::string& text : values) {
    size_t equals = text.find('=');
    if (equals == 0 || equals == text.npos) bad_value("filter", text, "KEY=VALUE, such as status=running");
    std::string key = text.substr(0, equals);
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      bad_value("filter", text, fmt::format("one of the keys {}", fmt::join(known, ", ")));
    }
    filters_.emplace_back(std::move(key), text.substr(equals + 1));
  }
}

bool Filters::any(std::string_view key, const std::function<bool(const std::string&)>& fits) const {
  bool given = false;
  for (const auto& [name, value] : filters_) {
    if (name != key) continue;
    if (fits(value)) return true;
    given = true;
  }
  return !given;
}

bool Filters::all(std::string_view key, const std::function<bool(const std::string&)>& fits) const {
  return std::all_of(filters_.begin(), filters_.end(), [&](const auto& f) { return f.first != key || fits(f.second); });
}

bool Filters::labels_fit(const std::map<std::string, std::string>& labels) const {
  return all("label", [&](const std::string& wanted) {
    size_t equals = wanted.find('=');
    auto found = labels.find(wanted.substr(0, equals));
    if (found == labels.end()) return false;
    return equals == wanted.npos || found->second == wanted.substr(equals + 1);
  });
}

bool Filters::has(std::string_view key) const {
  return std::any_of(filters_.begin(), filters_.end(), [&](const auto& f) { return f.first == key; });
}

}  // namespace ccocker::cli
