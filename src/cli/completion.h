#pragma once
#include <string>
#include <string_view>

#include "cli/command.h"

namespace ccocker::cli {

// The completion script for "bash", "zsh" or "fish"; Errc::invalid for another shell.
std::string completion_script(std::string_view shell);

}  // namespace ccocker::cli
