#include "cli/groups.h"

namespace ccocker::cli {

std::string group_of(std::string_view name) {
  size_t space = name.find(' ');
  return std::string(space == name.npos ? "" : name.substr(0, space));
}

std::map<std::string, std::map<std::string, std::string>> groups() {
  std::map<std::string, std::map<std::string, std::string>> all;
  for (const Command& command : commands()) {
    std::vector<std::string_view> names(command.aliases.begin(), command.aliases.end());
    names.push_back(command.name);
    for (std::string_view name : names) {
      std::string group = group_of(name);
      if (!group.empty()) all[group][std::string(name.substr(group.size() + 1))] = command.name;
    }
  }
  return all;
}

std::vector<std::string> words_in_group(const Command& command, std::string_view group) {
  std::vector<std::string> words;
  auto take = [&](std::string_view name) {
    if (name.starts_with(group) && name.substr(group.size()).starts_with(' '))
      words.emplace_back(name.substr(group.size() + 1));
  };
  take(command.name);
  for (const char* alias : command.aliases) take(alias);
  return words;
}

}  // namespace ccocker::cli
