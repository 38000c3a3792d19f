#pragma once
#include <string>

namespace ccocker::runtime {

// Errc::invalid for a name that Docker would refuse: [a-zA-Z0-9][a-zA-Z0-9_.-]+, at most 255 bytes. Such a name cannot
// lead to another directory.
std::string checked_volume_name(const std::string& name);

}  // namespace ccocker::runtime
