#include "cli/cp_tar_names.h"

#include <fmt/format.h>

#include <vector>

#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {

std::string clean_tar_name(std::string_view name) {
  std::vector<std::string> parts;
  for (const std::string& part : split(name, '/')) {
    if (part == "..") throw Error(Errc::corrupt, fmt::format("the tar's entry {} leads out of its destination", name));
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  return join(parts, "/");
}

}  // namespace ccocker::cli
