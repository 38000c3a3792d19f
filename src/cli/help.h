#pragma once
#include <string>

#include "cli/command.h"

namespace ccocker::cli {

std::string program_help();                        // all commands and global options
std::string command_help(const Command& command);  // usage, aliases and options of one
std::string group_help(std::string_view group);    // the commands of "volume"

}  // namespace ccocker::cli
