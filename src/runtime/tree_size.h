#pragma once
#include <cstdint>

#include "loop/fd.h"

namespace ccocker::runtime {

// Bytes that the files below `dir` hold, as their sizes say; files with several names count once. Nothing is followed.
uint64_t tree_size(FdView dir);

}  // namespace ccocker::runtime
