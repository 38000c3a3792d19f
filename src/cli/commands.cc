#include <algorithm>

#include "cli/command.h"
#include "cli/groups.h"
#include "cli/suggest.h"
#include "cli/text.h"

namespace ccocker::cli {

const std::vector<Command>& commands() {
  // clang-format off
  static const std::vector<Command> table = {
      {"run", {"container run"}, "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Make a container from an image and run a command in it",
       run_options(), 1, words_unbounded, Words::image_then_command, run_command, FlagsStand::before_words, Privilege::root, exit_own_failure},
      {"create", {"container create"}, "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Make a container from an image without starting it",
       create_options(), 1, words_unbounded, Words::image_then_command, create_command, FlagsStand::before_words},
      {"start", {"container start"}, "[OPTIONS] CONTAINER [CONTAINER...]", "Start containers that do not run",
       start_options(), 0, words_unbounded, Words::containers, start_command},
      {"stop", {"container stop"}, "[OPTIONS] CONTAINER [CONTAINER...]", "Ask containers to stop, then kill them",
       stop_options(), 1, words_unbounded, Words::running_containers, stop_command},
      {"restart", {"container restart"}, "[OPTIONS] CONTAINER [CONTAINER...]", "Stop containers and start them again",
       restart_options(), 1, words_unbounded, Words::containers, restart_command},
      {"kill", {"container kill"}, "[OPTIONS] CONTAINER [CONTAINER...]", "Send containers a signal, SIGKILL by default",
       kill_options(), 1, words_unbounded, Words::running_containers, kill_command},
      {"pause", {"container pause"}, "CONTAINER [CONTAINER...]", "Freeze all processes of containers",
       pause_options(), 1, words_unbounded, Words::running_containers, pause_command},
      {"unpause", {"container unpause"}, "CONTAINER [CONTAINER...]", "Let paused containers go on",
       unpause_options(), 1, words_unbounded, Words::running_containers, unpause_command},
      {"wait", {"container wait"}, "CONTAINER [CONTAINER...]", "Wait until containers end and print their exit codes",
       wait_options(), 1, words_unbounded, Words::containers, wait_command},
      {"attach", {"container attach"}, "[OPTIONS] CONTAINER", "Join the streams of a running container",
       attach_options(), 1, 1, Words::running_containers, attach_command},
      {"logs", {"container logs"}, "[OPTIONS] CONTAINER", "Show what a container has written",
       logs_options(), 1, 1, Words::containers, logs_command},
      {"rename", {"container rename"}, "CONTAINER NEW_NAME", "Give a container another name",
       rename_options(), 2, 2, Words::containers, rename_command},
      {"update", {"container update"}, "[OPTIONS] CONTAINER [CONTAINER...]", "Change limits and restart policy of containers, running or not",
       update_options(), 1, words_unbounded, Words::containers, update_command},
      {"exec", {"container exec"}, "[OPTIONS] CONTAINER COMMAND [ARG...]", "Run one more command in a running container",
       exec_options(), 2, words_unbounded, Words::container_then_command, exec_command, FlagsStand::before_words},
      {"ps", {"container ls", "container list", "container ps", "ls"}, "[OPTIONS]", "List containers",
       ps_options(), 0, 0, Words::nothing, ps_command},
      {"rm", {"container rm", "container remove"}, "[OPTIONS] CONTAINER [CONTAINER...]", "Remove containers",
       rm_options(), 1, words_unbounded, Words::containers, rm_command},
      {"inspect", {"container inspect", "image inspect"}, "[OPTIONS] NAME|ID [NAME|ID...]", "Show all that is known of containers, images, networks and volumes, as JSON or by a template",
       inspect_options(), 1, words_unbounded, Words::containers, inspect_command},
      {"top", {"container top"}, "CONTAINER [ps OPTIONS]", "Show the processes of a running container",
       top_options(), 1, words_unbounded, Words::running_containers, top_command, FlagsStand::before_words},
      {"stats", {"container stats"}, "[OPTIONS] [CONTAINER...]", "Show what running containers use, and go on doing so",
       stats_options(), 0, words_unbounded, Words::running_containers, stats_command},
      {"events", {"system events"}, "[OPTIONS]", "Show what happens to containers and images",
       events_options(), 0, 0, Words::nothing, events_command},
      {"diff", {"container diff"}, "CONTAINER", "Show which files of its image a container changed (C), added (A) or deleted (D)",
       diff_options(), 1, 1, Words::containers, diff_command},
      {"cp", {"container cp"}, "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH", "Copy files out of a container or into it",
       cp_options(), 2, 2, Words::containers, cp_command},
      {"port", {"container port"}, "CONTAINER [PORT[/PROTO]]", "Show which ports of the host lead to a container",
       port_options(), 1, 2, Words::running_containers, port_command},
      {"network create", {}, "[OPTIONS] NETWORK", "Make a network",
       network_create_options(), 1, 1, Words::nothing, network_create_command},
      {"network ls", {"network list"}, "[OPTIONS]", "List networks",
       network_ls_options(), 0, 0, Words::nothing, network_ls_command},
      {"network inspect", {}, "[OPTIONS] NETWORK [NETWORK...]", "Show all that is known of networks, as JSON or by a template",
       network_inspect_options(), 1, words_unbounded, Words::networks, network_inspect_command},
      {"network rm", {"network remove"}, "NETWORK [NETWORK...]", "Remove networks",
       network_rm_options(), 1, words_unbounded, Words::networks, network_rm_command},
      {"network prune", {}, "[OPTIONS]", "Remove networks, bridges and rules that no container uses",
       network_prune_options(), 0, 0, Words::nothing, network_prune_command},
      {"network connect", {}, "[OPTIONS] NETWORK CONTAINER", "Put a container on one more network",
       network_connect_options(), 2, 2, Words::networks, network_connect_command},
      {"network disconnect", {}, "[OPTIONS] NETWORK CONTAINER", "Take a container off a network",
       network_disconnect_options(), 2, 2, Words::networks, network_disconnect_command},
      {"pull", {"image pull"}, "[OPTIONS] NAME[:TAG|@DIGEST] [NAME...]", "Download images from their registries, all at once",
       pull_options(), 1, words_unbounded, Words::images, pull_command},
      {"images", {"image ls", "image list"}, "[OPTIONS] [NAME[:TAG]]", "List images",
       images_options(), 0, 1, Words::images, images_command},
      {"rmi", {"image rm", "image remove"}, "[OPTIONS] IMAGE [IMAGE...]", "Remove images",
       rmi_options(), 1, words_unbounded, Words::images, rmi_command},
      {"load", {"image load"}, "[OPTIONS]", "Load images from a tar archive, an OCI layout directory or standard input",
       load_options(), 0, 0, Words::nothing, load_command},
      {"save", {"image save"}, "[OPTIONS] IMAGE [IMAGE...]", "Write images to a tar archive or to standard output",
       save_options(), 1, words_unbounded, Words::images, save_command},
      {"tag", {"image tag"}, "IMAGE NAME[:TAG]", "Give an image one more name",
       tag_options(), 2, 2, Words::images, tag_command},
      {"push", {"image push"}, "[OPTIONS] NAME[:TAG]", "Upload an image to its registry",
       push_options(), 1, 1, Words::images, push_command},
      {"commit", {"container commit"}, "[OPTIONS] CONTAINER [NAME[:TAG]]", "Make an image of a container's changes",
       commit_options(), 1, 2, Words::containers, commit_command},
      {"export", {"container export"}, "[OPTIONS] CONTAINER", "Write a container's files to a tar archive or to standard output",
       export_options(), 1, 1, Words::containers, export_command},
      {"import", {"image import"}, "[OPTIONS] FILE|- [NAME[:TAG]]", "Make an image of the files in a tar archive",
       import_options(), 1, 2, Words::nothing, import_command},
      {"history", {"image history"}, "[OPTIONS] IMAGE", "Show the steps that an image was made by",
       history_options(), 1, 1, Words::images, history_command},
      {"login", {}, "[OPTIONS] [SERVER]", "Log in to a registry (docker.io when none is named)",
       login_options(), 0, 1, Words::nothing, login_command, FlagsStand::anywhere, Privilege::none},
      {"logout", {}, "[SERVER]", "Forget the login to a registry",
       logout_options(), 0, 1, Words::nothing, logout_command, FlagsStand::anywhere, Privilege::none},
      {"volume create", {}, "[OPTIONS] [VOLUME]", "Make a volume",
       volume_create_options(), 0, 1, Words::nothing, volume_create_command},
      {"volume ls", {"volume list"}, "[OPTIONS]", "List volumes",
       volume_ls_options(), 0, 0, Words::nothing, volume_ls_command},
      {"volume inspect", {}, "[OPTIONS] VOLUME [VOLUME...]", "Show what is known of volumes, as JSON or by a template",
       volume_inspect_options(), 1, words_unbounded, Words::volumes, volume_inspect_command},
      {"volume rm", {"volume remove"}, "[OPTIONS] VOLUME [VOLUME...]", "Remove volumes and what they hold",
       volume_rm_options(), 1, words_unbounded, Words::volumes, volume_rm_command},
      {"volume prune", {}, "[OPTIONS]", "Remove anonymous volumes that no container uses",
       volume_prune_options(), 0, 0, Words::nothing, volume_prune_command},
      {"container prune", {}, "[OPTIONS]", "Remove containers that do not run",
       container_prune_options(), 0, 0, Words::nothing, container_prune_command},
      {"image prune", {}, "[OPTIONS]", "Remove images without a tag that no container uses, and layers of no image",
       image_prune_options(), 0, 0, Words::nothing, image_prune_command},
      {"system prune", {}, "[OPTIONS]", "Remove what nobody uses",
       system_prune_options(), 0, 0, Words::nothing, system_prune_command},
      {"system df", {}, "[OPTIONS]", "Show how much disk images, containers and volumes take",
       system_df_options(), 0, 0, Words::nothing, system_df_command},
      {"info", {"system info"}, "[OPTIONS]", "Show what this machine and this installation give",
       info_options(), 0, 0, Words::nothing, info_command},
      {"version", {}, "[OPTIONS]", "Show the version",
       version_options(), 0, 0, Words::nothing, version_command, FlagsStand::anywhere, Privilege::none},
      {"completion", {}, "bash|zsh|fish", "Print a completion script for a shell",
       completion_options(), 1, 1, Words::shells, completion_command, FlagsStand::anywhere, Privilege::none},
      {"help", {}, "[COMMAND]", "Show the help of a command",
       help_options(), 0, 2, Words::commands, help_command, FlagsStand::anywhere, Privilege::none},
  };
  // clang-format on
  return table;
}

const Command* find_command(std::span<const char* const> words, size_t& used) {
  if (words.empty()) return nullptr;
  std::string two = words.size() < 2 ? "" : std::string(words[0]) + " " + words[1];
  for (const Command& command : commands()) {
    auto named = [&](std::string_view name) {
      return std::any_of(command.aliases.begin(), command.aliases.end(),
                         [&](const char* alias) { return name == alias; });
    };
    used = two == command.name || named(two) ? 2 : 1;
    if (used == 2 || words[0] == std::string_view(command.name) || named(words[0])) return &command;
  }
  return nullptr;
}

std::string words_of_group(std::string_view group) {
  std::vector<std::string> words;
  for (const Command& command : commands())
    for (std::string& word : words_in_group(command, group)) words.push_back(std::move(word));
  std::sort(words.begin(), words.end());
  return join(words, ", ");
}

std::string_view closest_command(std::string_view typed) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  return closest(typed, names);
}

namespace {

constexpr const char* no_daemon = "there is no daemon to connect to: leave it away";

// Docker's flags that say how to reach its daemon tell that there is none, rather than "unknown flag".
constexpr Option global_rows[] = {
    {"root", 0, Takes::text, "DIR",
     "Where images and containers are kept (default /var/lib/ccocker, or $CCOCKER_ROOT)"},
    {"state", 0, Takes::text, "DIR", "Where what a reboot ends is kept (default /run/ccocker, or $CCOCKER_STATE)"},
    {"config", 0, Takes::text, "DIR", "Where logins are kept (default ~/.docker, or $DOCKER_CONFIG)"},
    {"context", 'c', Takes::text, "default", "Only 'default' is there: this machine"},
    {"debug", 'D', Takes::nothing, "", "The same as --log-level debug"},
    {"log-level", 'l', Takes::text, "debug|info|warn|error|fatal", "How much to say on standard error (default warn)"},
    {"version", 'v', Takes::nothing, "", "Print the version"},
    {"host", 'H', Takes::list, "", "", nullptr, no_daemon},
    {"tls", 0, Takes::nothing, "", "", nullptr, no_daemon},
    {"tlscacert", 0, Takes::text, "", "", nullptr, no_daemon},
    {"tlscert", 0, Takes::text, "", "", nullptr, no_daemon},
    {"tlskey", 0, Takes::text, "", "", nullptr, no_daemon},
    {"tlsverify", 0, Takes::nothing, "", "", nullptr, no_daemon},
};

}  // namespace

std::span<const Option> global_options() { return global_rows; }

}  // namespace ccocker::cli
