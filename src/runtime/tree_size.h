#pragma once
#include <cstdint>
#include <string>

namespace ccocker::runtime {

// Bytes of the files below `path`, links counted once, nothing followed; 0 when it is not there. What disappears
// meanwhile counts as gone.
uint64_t tree_bytes(const std::string& path);

}  // namespace ccocker::runtime
