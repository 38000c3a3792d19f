#pragma once
#include <fmt/format.h>

#include "loop/error.h"

namespace ccocker::registry {

// No document of a registry or an archive comes near. The JSON library reads any depth, but calls itself for each level
// when it writes a document out, and the stack has an end.
constexpr int json_depth_max = 100;

// For Json::parse: Errc::corrupt for documents that are nested more deeply.
template <typename Json>
bool refuse_depth(int depth, typename Json::parse_event_t, Json&) {
  if (depth > json_depth_max)
    throw Error(Errc::corrupt, fmt::format("its JSON is nested more than {} levels deep", json_depth_max));
  return true;
}

}  // namespace ccocker::registry
