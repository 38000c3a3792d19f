#pragma once
#include <functional>
#include <string>

namespace ccocker::cli {

// A signal has ended what ran apart, and it has said so itself: its exit code is all that is left to tell.
struct EndedApart {
  int exit_code;
};

// Runs `body`, which fetches an image, in a child process and gives what it gives; what it throws is thrown here.
// EndedApart for a signal that it heeded, Errc::failed for one that killed it.
std::string run_apart(const std::function<std::string()>& body);

}  // namespace ccocker::cli
