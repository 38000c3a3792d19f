// `ccocker completion SHELL`: scripts made from the table of commands, so that they never fall behind it.
#include "cli/completion.h"

#include <fmt/format.h>

#include <map>

#include "cli/groups.h"
#include "cli/output.h"
#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

// How a shell finds what a command's words are.
struct WordSource {
  Words words;
  const char* command;  // prints one candidate a line; "" for none
};
constexpr const char* list_images = "ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null";
constexpr const char* list_containers = "ccocker ps -a --format '{{.Names}}' 2>/dev/null";
constexpr const char* list_running = "ccocker ps --format '{{.Names}}' 2>/dev/null";
constexpr const char* list_volumes = "ccocker volume ls -q 2>/dev/null";
constexpr const char* list_networks = "ccocker network ls --format '{{.Name}}' 2>/dev/null";
constexpr WordSource sources[] = {
    {Words::nothing, ""},
    {Words::images, list_images},
    {Words::containers, list_containers},
    {Words::running_containers, list_running},
    {Words::image_then_command, list_images},
    {Words::container_then_command, list_running},
    {Words::volumes, list_volumes},
    {Words::shells, "echo bash zsh fish"},
    {Words::networks, list_networks},
    {Words::commands, "echo %COMMANDS%"},
};

std::vector<std::string> words_behind(const std::map<std::string, std::string>& group) {
  std::vector<std::string> words;
  for (const auto& [word, command] : group) words.push_back(word);
  return words;
}

std::string command_names() {
  std::vector<std::string> names;
  for (const Command& command : commands())
    if (group_of(command.name).empty()) names.emplace_back(command.name);
  for (const auto& [group, words] : groups()) names.push_back(group);
  return join(names, " ");
}

std::string source_of(Words words) {
  for (const WordSource& row : sources) {
    if (row.words != words) continue;
    std::string text = row.command;
    size_t at = text.find("%COMMANDS%");
    return at == text.npos ? text : text.replace(at, 10, command_names());
  }
  return {};
}

std::string flag_words(std::span<const Option> options) {
  std::vector<std::string> words;
  for (const Option& option : options) {
    if (option.later) continue;
    words.push_back(std::string("--") + option.name);
    if (option.letter) words.push_back(std::string("-") + option.letter);
  }
  words.emplace_back("--help");
  return join(words, " ");
}

// "a|b|c" as value offers its words; "FILE", "DIR" and "PATH..." offer files.
bool offers_words(const Option& option) {
  return std::string_view(option.value).find('|') != std::string_view::npos && lower(option.value) == option.value;
}

std::string value_words(const Option& option) { return join(split(option.value, '|'), " "); }

bool offers_files(const Option& option) {
  std::string_view value = option.value;
  return value.starts_with("FILE") || value.starts_with("DIR") || value.starts_with("PATH");
}

std::string flag_pattern(const Option& option) {
  return option.letter ? fmt::format("-{}|--{}", option.letter, option.name) : fmt::format("--{}", option.name);
}

std::string group_names(std::string_view separator) {
  std::vector<std::string> names;
  for (const auto& [group, words] : groups()) names.push_back(group);
  return join(names, separator);
}

// "--root|--state|-l|--log-level": what the word behind belongs to.
std::string global_flags_with_value() {
  std::vector<std::string> patterns;
  for (const Option& option : global_options())
    if (takes_value(option)) patterns.push_back(flag_pattern(option));
  return join(patterns, "|");
}

// ---- bash ------------------------------------------------------------------------------------------------------

std::string bash_values(std::span<const Option> options) {
  std::string out;
  for (const Option& option : options) {
    if (option.later || !takes_value(option)) continue;
    std::string reply =
        offers_words(option)   ? fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", value_words(option))
        : offers_files(option) ? std::string("COMPREPLY=($(compgen -f -- \"$cur\")); compopt -o filenames")
                               : std::string("COMPREPLY=()");
    out += fmt::format("      {}) {}; return ;;\n", flag_pattern(option), reply);
  }
  return out;
}

std::string bash_command(const Command& command) {
  std::string values = bash_values(command.options);
  std::string out = fmt::format("    '{}')\n", command.name);
  if (!values.empty()) out += "      case $prev in\n" + values + "      esac\n";
  out += fmt::format("      flags='{}'\n", flag_words(command.options));
  std::string source = source_of(command.words);
  if (!source.empty()) out += fmt::format("      words=$({})\n", source);
  return out + "      ;;\n";
}

std::string bash_script() {
  std::string out =
      "# bash completion for ccocker: eval \"$(ccocker completion bash)\"\n_ccocker() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= flags= words= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n      " +
      global_flags_with_value() + ") ((i++)) ;;\n      -*) ;;\n      " + group_names("|") + ")\n        command=${COMP_WORDS[i]}\n        ((i + 1 < COMP_CWORD)) || break\n"
      "        case ${COMP_WORDS[i]}-${COMP_WORDS[i+1]} in\n";
  for (const auto& [group, words] : groups())
    for (const auto& [word, command] : words) out += fmt::format("          {}-{}) command='{}' ;;\n", group, word, command);
  out +=
      "        esac\n        break ;;\n      *) command=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n  COMPREPLY=()\n"
      "  case $command in\n    '')\n      case $prev in\n" +
      bash_values(global_options()) + "      esac\n";
  out += fmt::format("      flags='{}'\n      words='{}'\n      ;;\n", flag_words(global_options()), command_names());
  for (const auto& [group, words] : groups())
    out += fmt::format("    {})\n      flags='--help'\n      words='{}'\n      ;;\n", group, join(words_behind(words), " "));
  for (const Command& command : commands()) out += bash_command(command);
  return out +
         "  esac\n  case $cur in\n    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n"
         "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n  esac\n"
         "  # A colon splits words in readline: offer only what stands behind it.\n"
         "  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then\n"
         "    local head=${cur%\"${cur##*:}\"}\n    COMPREPLY=(\"${COMPREPLY[@]#\"$head\"}\")\n  fi\n}\n"
         "complete -F _ccocker ccocker\n";
}

// ---- zsh -------------------------------------------------------------------------------------------------------

// Inside '...' and _arguments' own brackets and colons.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

std::string zsh_flag(const Option& option) {
  std::string repeat = option.takes == Takes::list ? "'*'" : "";
  bool takes = takes_value(option);  // "+" and "=": the value may follow at once or as the next word
  std::string name = fmt::format("--{}{}", option.name, takes ? "=" : "");
  std::string names = option.letter ? fmt::format("{{-{}{},{}}}", option.letter, takes ? "+" : "", name) : name;
  std::string value;
  if (takes) {
    std::string action = offers_words(option) ? "(" + value_words(option) + ")" : offers_files(option) ? "_files" : "";
    value = fmt::format(":{}:{}", zsh_text(option.value), action);
  }
  return fmt::format("        {}{}'[{}]{}' \\\n", repeat, names, zsh_text(option.help), value);
}

// What _ccocker_list calls it. The space in front of its call keeps _arguments from adding words of its own.
const char* list_name(Words words) {
  if (words == Words::images || words == Words::image_then_command) return "images";
  if (words == Words::volumes) return "volumes";
  if (words == Words::networks) return "networks";
  return words == Words::containers ? "all" : "running";
}

std::string zsh_command(const Command& command) {
  std::string_view last = command.name;
  last.remove_prefix(last.rfind(' ') == last.npos ? 0 : last.rfind(' ') + 1);
  std::string out =
      fmt::format("      {})\n      _arguments -s{} \\\n", last, command.flags_first() ? " -S -A '-*'" : "");
  for (const Option& option : command.options) {
    if (!option.later) out += zsh_flag(option);
  }
  out += "        '--help[Print this help]'";
  std::string source = source_of(command.words);
  if (source.empty()) return out + "\n      ;;\n";
  std::string action = source.starts_with("echo ") ? "(" + source.substr(5) + ")"
                                                   : std::string(" _ccocker_list ") + list_name(command.words);
  out += fmt::format(" \\\n        '{}:word:{}'", command.flags_first() ? "1" : "*", action);
  if (command.flags_first()) out += " \\\n        '*::command: _normal'";
  return out + "\n      ;;\n";
}

// The first word behind a group is offered; commands that stand in the group alone have their flags too.
std::string zsh_group(const std::string& group, const std::map<std::string, std::string>& words) {
  std::string out = fmt::format(
      "      {})\n      if (( CURRENT == 2 )); then compadd {}; else\n      words=(\"${{(@)words[2,-1]}}\"); (( CURRENT-- ))\n"
      "      case $words[1] in\n",
      group, join(words_behind(words), " "));
  for (const Command& command : commands())
    if (group_of(command.name) == group) out += zsh_command(command);
  return out + "      esac\n      fi\n      ;;\n";
}

std::string zsh_script() {
  std::string out = fmt::format(
      "#compdef ccocker\n# zsh completion for ccocker: ccocker completion zsh > ~/.zfunc/_ccocker\n"
      "_ccocker_list() {{\n  local -a found\n  case $1 in\n    images) found=(${{(f)\"$({})\"}}) ;;\n"
      "    all) found=(${{(f)\"$({})\"}}) ;;\n    running) found=(${{(f)\"$({})\"}}) ;;\n"
      "    volumes) found=(${{(f)\"$({})\"}}) ;;\n    networks) found=(${{(f)\"$({})\"}}) ;;\n  esac\n  compadd -a "
      "found\n}}\n"
      "_ccocker() {{\n  local state line context\n  local -a names\n  names=(\n",
      list_images, list_containers, list_running, list_volumes, list_networks);
  for (const Command& command : commands())
    if (group_of(command.name).empty()) out += fmt::format("    '{}:{}'\n", command.name, zsh_text(command.help));
  for (const auto& [group, words] : groups()) out += fmt::format("    '{}:Commands about {}'\n", group, group);
  out += "  )\n  _arguments -C \\\n";
  for (const Option& option : global_options()) out += zsh_flag(option);
  out +=
      "        '1: :->command' '*:: :->rest'\n  case $state in\n    command) _describe command names ;;\n    rest)\n"
      "    case $line[1] in\n";
  for (const Command& command : commands())
    if (group_of(command.name).empty()) out += zsh_command(command);
  for (const auto& [group, words] : groups()) out += zsh_group(group, words);
  return out +
         "    esac ;;\n  esac\n}\n[[ $funcstack[1] = _ccocker ]] && _ccocker \"$@\" || compdef _ccocker ccocker\n";
}

// ---- fish ------------------------------------------------------------------------------------------------------

std::string fish_text(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string fish_flag(const Option& option, const std::string& condition) {
  std::string out = fmt::format("complete -c ccocker -n '{}' -l {}", condition, option.name);
  if (option.letter) out += fmt::format(" -s {}", option.letter);
  if (takes_value(option)) out += offers_files(option) ? " -rF" : " -x";
  if (offers_words(option)) out += fmt::format(" -a '{}'", value_words(option));
  return out + fmt::format(" -d '{}'\n", fish_text(option.help));
}

std::string fish_script() {
  std::string out = "# fish completion for ccocker: ccocker completion fish | source\ncomplete -c ccocker -f\n";
  for (const Option& option : global_options()) out += fish_flag(option, "__fish_use_subcommand");
  for (const auto& [group, words] : groups()) {
    out += fmt::format("complete -c ccocker -n __fish_use_subcommand -a {} -d 'Commands about {}'\n", group, group);
    std::string all = join(words_behind(words), " ");
    out += fmt::format("complete -c ccocker -n '__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}' -a '{}'\n",
                       group, all, all);
  }
  for (const Command& command : commands()) {
    std::string group = group_of(command.name), last = std::string(command.name).substr(group.empty() ? 0 : group.size() + 1);
    std::string condition = fmt::format("__fish_seen_subcommand_from {}", last);
    if (group.empty())
      out += fmt::format("complete -c ccocker -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                         fish_text(command.help));
    else
      condition = fmt::format("__fish_seen_subcommand_from {}; and {}", group, condition);
    for (const Option& option : command.options) {
      if (!option.later) out += fish_flag(option, condition);
    }
    std::string source = source_of(command.words);
    if (source.starts_with("echo "))
      source = source.substr(5);
    else if (!source.empty())
      source = "(" + source + ")";
    if (!source.empty()) out += fmt::format("complete -c ccocker -n '{}' -a \"{}\"\n", condition, source);
  }
  return out;
}

struct Shell {
  std::string_view name;
  std::string (*script)();
};
constexpr Shell shells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

}  // namespace

std::string completion_script(std::string_view shell) {
  for (const Shell& row : shells) {
    if (row.name == shell) return row.script();
  }
  throw Error(Errc::invalid, fmt::format("there is no completion for '{}': bash, zsh and fish are known", shell));
}

std::span<const Option> completion_options() { return {}; }

int completion_command(const Context&, Parsed& line) {
  print(completion_script(line.words[0]));
  return 0;
}

}  // namespace ccocker::cli
