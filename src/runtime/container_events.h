#pragma once
#include <map>
#include <string>

namespace ccocker::runtime {

struct Container;

// Records what happened to a container, with its image, name and labels as Docker's events have them; `more` adds to
// those ("exitCode", "signal").
void record_container_event(const std::string& state, const Container& container, const std::string& action,
                            const std::map<std::string, std::string>& more = {}) noexcept;

}  // namespace ccocker::runtime
