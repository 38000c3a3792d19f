#pragma once
#include <functional>
#include <string>

namespace ccocker::runtime {

// One sentence that the user should read although nothing failed: what was changed on the host, or what will not work.
// src/cli prints it; without a handler it is dropped.
void notice(const std::string& sentence);
void on_notice(std::function<void(const std::string&)> handler);

}  // namespace ccocker::runtime
