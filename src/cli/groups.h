#pragma once
// Groups of commands: the first word of "volume create".
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace ccocker::cli {

// The group of "volume create"; empty for a command of one word.
std::string group_of(std::string_view name);
// Each group and the words that may follow it, with the command's name behind them.
std::map<std::string, std::map<std::string, std::string>> groups();
// How `command` is called in `group`, its own name first: {"ls", "list", "ps"}. Empty when it is in another one.
std::vector<std::string> words_in_group(const Command& command, std::string_view group);

}  // namespace ccocker::cli
