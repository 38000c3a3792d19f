#pragma once
#include "cli/value.h"
#include "runtime/volumes.h"

namespace ccocker::cli {

Value inspect_volume(const runtime::Volume& volume);  // with Docker's names

}  // namespace ccocker::cli
