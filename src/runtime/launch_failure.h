#pragma once
#include <string_view>

#include "loop/error.h"
#include "runtime/plan.h"

namespace ccocker::runtime {

// What a child's report says, as a sentence with the cure. `head` is the beginning of the program's file, empty when
// there was none to read.
Error launch_failure(const InitReport& report, std::string_view head, const Plan& plan);

// Why clone3 failed.
Error clone_failure(int errnum, uint64_t namespaces);

// Why a program could not be executed: `path` was tried, `head` is the beginning of its file.
Error exec_failure(const std::string& path, int errnum, std::string_view head);

}  // namespace ccocker::runtime
