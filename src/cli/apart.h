#pragma once
#include <functional>

namespace ccocker::cli {

// What run_apart's process has said already: its exit code is all that is left to tell.
struct EndedApart {
  int exit_code;
};

// Runs `body` in a child process and waits for it. What the child throws it tells on standard error itself; then
// EndedApart is thrown here.
void run_apart(const std::function<void()>& body);

}  // namespace ccocker::cli
