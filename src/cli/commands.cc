#include <algorithm>

#include "cli/command.h"
#include "cli/suggest.h"
#include "cli/text.h"

namespace ccocker::cli {

const std::vector<Command>& commands() {
  // clang-format off
  static const std::vector<Command> table = {
      {"run", {"container run"}, "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Make a container from an image and run a command in it",
       run_options(), 1, words_unbounded, Words::image_then_command, true, true, exit_own_failure, run_command},
      {"exec", {"container exec"}, "[OPTIONS] CONTAINER COMMAND [ARG...]", "Run one more command in a running container",
       exec_options(), 2, words_unbounded, Words::container_then_command, true, true, exit_command_failure, exec_command},
      {"ps", {"container ls", "container list", "container ps", "ls"}, "[OPTIONS]", "List containers",
       ps_options(), 0, 0, Words::nothing, false, true, exit_command_failure, ps_command},
      {"rm", {"container rm"}, "[OPTIONS] CONTAINER [CONTAINER...]", "Remove containers",
       rm_options(), 1, words_unbounded, Words::containers, false, true, exit_command_failure, rm_command},
      {"port", {"container port"}, "CONTAINER [PORT[/PROTO]]", "Show which ports of the host lead to a container",
       port_options(), 1, 2, Words::running_containers, false, true, exit_command_failure, port_command},
      {"network-create", {"network create"}, "[OPTIONS] NETWORK", "Make a network",
       network_create_options(), 1, 1, Words::nothing, false, true, exit_command_failure, network_create_command},
      {"network-ls", {"network ls", "network list"}, "[OPTIONS]", "List networks",
       network_ls_options(), 0, 0, Words::nothing, false, true, exit_command_failure, network_ls_command},
      {"network-inspect", {"network inspect"}, "[OPTIONS] NETWORK [NETWORK...]", "Show all that is known of networks, as JSON",
       network_inspect_options(), 1, words_unbounded, Words::networks, false, true, exit_command_failure, network_inspect_command},
      {"network-rm", {"network rm", "network remove"}, "NETWORK [NETWORK...]", "Remove networks",
       network_rm_options(), 1, words_unbounded, Words::networks, false, true, exit_command_failure, network_rm_command},
      {"network-prune", {"network prune"}, "[OPTIONS]", "Remove networks, bridges and rules that no container uses",
       network_prune_options(), 0, 0, Words::nothing, false, true, exit_command_failure, network_prune_command},
      {"network-connect", {"network connect"}, "[OPTIONS] NETWORK CONTAINER", "Put a container on one more network",
       network_connect_options(), 2, 2, Words::networks, false, true, exit_command_failure, network_connect_command},
      {"network-disconnect", {"network disconnect"}, "[OPTIONS] NETWORK CONTAINER", "Take a container off a network",
       network_disconnect_options(), 2, 2, Words::networks, false, true, exit_command_failure, network_disconnect_command},
      {"pull", {"image pull"}, "[OPTIONS] NAME[:TAG|@DIGEST] [NAME...]", "Download images from their registries, all at once",
       pull_options(), 1, words_unbounded, Words::images, false, true, exit_command_failure, pull_command},
      {"images", {"image ls", "image list"}, "[OPTIONS] [NAME[:TAG]]", "List images",
       images_options(), 0, 1, Words::images, false, true, exit_command_failure, images_command},
      {"rmi", {"image rm"}, "[OPTIONS] IMAGE [IMAGE...]", "Remove images",
       rmi_options(), 1, words_unbounded, Words::images, false, true, exit_command_failure, rmi_command},
      {"load", {"image load"}, "[OPTIONS]", "Load images from a tar archive, an OCI layout directory or standard input",
       load_options(), 0, 0, Words::nothing, false, true, exit_command_failure, load_command},
      {"info", {"system info"}, "[OPTIONS]", "Show what this machine and this installation give",
       info_options(), 0, 0, Words::nothing, false, true, exit_command_failure, info_command},
      {"version", {}, "[OPTIONS]", "Show the version",
       version_options(), 0, 0, Words::nothing, false, false, exit_command_failure, version_command},
      {"completion", {}, "bash|zsh|fish", "Print a completion script for a shell",
       completion_options(), 1, 1, Words::shells, false, false, exit_command_failure, completion_command},
      {"help", {}, "[COMMAND]", "Show the help of a command",
       help_options(), 0, 2, Words::commands, false, false, exit_command_failure, help_command},
  };
  // clang-format on
  return table;
}

const char* spoken_name(const Command& command) {
  bool grouped = std::string_view(command.name).find('-') != std::string_view::npos && !command.aliases.empty();
  return grouped ? command.aliases[0] : command.name;
}

const Command* find_command(std::span<const char* const> words, size_t& used) {
  if (words.empty()) return nullptr;
  std::string two = words.size() < 2 ? "" : std::string(words[0]) + " " + words[1];
  for (const Command& command : commands()) {
    auto named = [&](std::string_view name) {
      return std::any_of(command.aliases.begin(), command.aliases.end(),
                         [&](const char* alias) { return name == alias; });
    };
    used = named(two) ? 2 : 1;
    if (used == 2 || words[0] == std::string_view(command.name) || named(words[0])) return &command;
  }
  return nullptr;
}

std::string_view closest_command(std::string_view typed) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  return closest(typed, names);
}

std::span<const Option> global_options() {
  static constexpr Option options[] = {
      {"root", 0, Takes::text, "DIR",
       "Where images and containers are kept (default /var/lib/ccocker, or $CCOCKER_ROOT)"},
      {"state", 0, Takes::text, "DIR", "Where what a reboot ends is kept (default /run/ccocker, or $CCOCKER_STATE)"},
      {"log-level", 0, Takes::text, "debug|info|warn|error", "How much to say on standard error (default warn)"},
      {"version", 'v', Takes::nothing, "", "Print the version"},
  };
  return options;
}

}  // namespace ccocker::cli
