#pragma once
#include <string>
#include <string_view>

namespace ccocker::cli {

// The name of a tar's entry as a clean relative path: "./a//b/" as "a/b". Errc::corrupt for "..".
std::string clean_tar_name(std::string_view name);

}  // namespace ccocker::cli
