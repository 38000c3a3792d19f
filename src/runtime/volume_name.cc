#include "runtime/volume_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"

namespace ccocker::runtime {
namespace {

constexpr size_t name_bytes_max = 255;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

std::string checked_volume_name(const std::string& name) {
  if (name.size() < 2)
    throw Error(Errc::invalid, fmt::format("volume name \"{}\" is too short, names should be at least two alphanumeric "
                                           "characters",
                                           name));
  bool good = is_alnum(name[0]) && name.size() <= name_bytes_max &&
              std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
  if (good) return name;
  throw Error(Errc::invalid, fmt::format("\"{}\" includes invalid characters for a local volume name, only "
                                         "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed (at most {}); if you intended to "
                                         "pass a host directory, use an absolute path",
                                         name, name_bytes_max));
}

}  // namespace ccocker::runtime
