#pragma once
// Images as `images` shows them: one row a name; pure.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/filter.h"
#include "cli/listing.h"
#include "registry/image.h"

namespace ccocker::cli {

struct ImageStyle {
  int64_t now_unix_s = 0;
  bool truncate = true;
  bool each_digest = false;  // a row for each digest of a name
  std::string wanted;  // NAME or NAME:TAG, empty for all
  std::function<registry::Image(const std::string& name)> find;  // for the filters that name another image
};

std::span<const Heading> image_headings();
std::vector<Row> image_rows(const std::vector<registry::Image>& images, const ImageStyle& style,
                            const Filters& filters);
Filters image_filters(const std::vector<std::string>& values);

}  // namespace ccocker::cli
