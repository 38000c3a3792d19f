#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/groups.h"
#include "cli/output.h"
#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

constexpr size_t help_column = 34;

std::string option_line(const Option& option) {
  std::string left =
      option.letter ? fmt::format("  -{}, --{}", option.letter, option.name) : fmt::format("      --{}", option.name);
  if (takes_value(option)) left += fmt::format(" {}", option.value);
  if (columns(left) + 2 > help_column) return fmt::format("{}\n{:{}}{}\n", left, "", help_column, option.help);
  return fmt::format("{:<{}}{}\n", left, help_column, option.help);
}

std::string option_lines(std::span<const Option> options) {
  std::string out;
  for (const Option& option : options) {
    if (!option.later) out += option_line(option);
  }
  return out;
}

struct Line {
  std::string name, help;
};

std::string command_lines(const std::vector<Line>& lines) {
  size_t column = 0;
  for (const Line& line : lines) column = std::max(column, line.name.size() + 2);
  std::string out;
  for (const Line& line : lines) out += fmt::format("  {:<{}}{}\n", line.name, column, line.help);
  return out;
}

}  // namespace

std::string program_help() {
  std::string out =
      "Usage: ccocker [OPTIONS] COMMAND [ARG...]\n\nA small Docker for Linux: no daemon, no helper "
      "programs.\n\nCommands:\n";
  std::vector<Line> lines;
  for (const Command& command : commands()) lines.push_back({command.name, command.help});
  out += command_lines(lines);
  out += "\nOptions:\n" + option_lines(global_options());
  return out +
         "\nTry: ccocker run --rm builtin/busybox echo hello\nSee 'ccocker COMMAND --help' for a command's own "
         "options.\n";
}

std::string command_help(const Command& command) {
  std::string out = fmt::format("Usage: ccocker {} {}\n\n{}\n", command.name, command.usage, command.help);
  if (!command.aliases.empty()) out += fmt::format("\nAlso: ccocker {}\n", fmt::join(command.aliases, ", ccocker "));
  std::string options = option_lines(command.options);
  return options.empty() ? out : out + "\nOptions:\n" + options;
}

std::string group_help(std::string_view group) {
  std::vector<Line> lines;
  for (const Command& command : commands())
    if (std::vector<std::string> words = words_in_group(command, group); !words.empty())
      lines.push_back({join(words, ", "), command.help});
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.name < b.name; });
  return fmt::format("Usage: ccocker {} COMMAND\n\nCommands:\n{}\nSee 'ccocker {} COMMAND --help' for a command's own "
                     "options.\n",
                     group, command_lines(lines), group);
}

std::span<const Option> help_options() { return {}; }

int help_command(const Context&, Parsed& line) {
  if (line.words.empty()) {
    print(program_help());
    return 0;
  }
  std::vector<const char*> words;
  for (const std::string& word : line.words) words.push_back(word.c_str());
  size_t used = 0;
  const Command* command = find_command(words, used);
  if (!command && words.size() == 1 && !words_of_group(words[0]).empty()) {
    print(group_help(words[0]));
    return 0;
  }
  if (!command) throw Error(Errc::invalid, fmt::format("unknown command: {}; see 'ccocker --help'", line.words[0]));
  print(command_help(*command));
  return 0;
}

}  // namespace ccocker::cli
