#pragma once
#include <string>

namespace ccocker::cli {

// This moment in UTC with nanoseconds, as image configs and volumes write it: 2026-01-02T03:04:05.678901234Z.
std::string now_rfc3339();

}  // namespace ccocker::cli
