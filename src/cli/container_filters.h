#pragma once
// What `ps --filter` lets through: pure, so that each rule is a unit test.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/container_rows.h"
#include "cli/filter.h"
#include "cli/pattern.h"

namespace ccocker::cli {

// What only other records say; asked for the values of filters that need it, once.
struct FilterLookups {
  std::function<std::string(const std::string& image)> image_id;         // "sha256:..."; empty: there is none
  std::function<int64_t(const std::string& container)> created_unix_ns;  // Errc::not_found
  std::function<std::string(const std::string& network)> network_name;   // by name or ID; what it is not it gives back
};

class ContainerFilters {
 public:
  ContainerFilters(const std::vector<std::string>& values, const FilterLookups& lookups);
  bool has(std::string_view key) const { return filters_.has(key); }
  bool fits(const ListedContainer& listed) const;

 private:
  void check_values() const;
  void look_up(const FilterLookups& lookups);
  bool fits_itself(const runtime::Container& container) const;
  bool fits_spec(const ListedContainer& listed) const;
  bool fits_age(const runtime::Container& container) const;

  Filters filters_;
  std::map<std::string, std::unique_ptr<Pattern>> names_;
  std::map<std::string, std::string> image_ids_, networks_;
  std::map<std::string, int64_t> moments_;                 // when the containers of `before` and `since` were made
  std::map<std::string, std::vector<std::string>> ports_;  // "80/tcp" of a range
};

}  // namespace ccocker::cli
