#pragma once
// The one table of commands: parsing, help and shell completion read it.
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"

namespace ccocker::cli {

// What the global options say.
struct Context {
  std::string root, state;
  std::chrono::steady_clock::time_point started;  // when main began, for --timing
};

constexpr int exit_own_failure = 125;    // Docker's: bad usage anywhere, and `run` failing before the container ran
constexpr int exit_command_failure = 1;  // Docker's: any other command failed
constexpr unsigned words_unbounded = ~0u;

// What a command's words are, for completion.
enum class Words {
  nothing,
  images,
  containers,
  running_containers,
  image_then_command,
  container_then_command,
  volumes,
  shells,
  networks,
  commands
};

enum class FlagsStand { anywhere, before_words };  // behind the first word they belong to the container's command
enum class Privilege { root, none };

struct Command {
  const char* name;                  // one word, or two of which the first is a group: "volume create"
  std::vector<const char*> aliases;  // "image ls"; the part before a space is a group
  const char* usage;                 // behind the name: "[OPTIONS] IMAGE [COMMAND] [ARG...]"
  const char* help;                  // one line
  std::span<const Option> options;
  unsigned words_min, words_max;
  Words words;
  int (*run)(const Context&, Parsed&);  // gives the exit code; throws Error
  FlagsStand flags = FlagsStand::anywhere;
  Privilege needs = Privilege::root;
  int failure = exit_command_failure;  // exit code when it throws
  bool flags_first() const { return flags == FlagsStand::before_words; }
};

// By name or alias: takes one or two of `words` and says in `used` how many. nullptr when none fits.
const Command* find_command(std::span<const char* const> words, size_t& used);
const std::vector<Command>& commands();
// "create, inspect, ls" of the group "volume"; empty when there is no such group.
std::string words_of_group(std::string_view group);
// "run" when "rnu" was typed; empty when nothing is near.
std::string_view closest_command(std::string_view typed);

// The options that stand before the command.
std::span<const Option> global_options();

#define CCOCKER_COMMAND(name)               \
  std::span<const Option> name##_options(); \
  int name##_command(const Context& context, Parsed& line)
CCOCKER_COMMAND(run);
CCOCKER_COMMAND(create);
CCOCKER_COMMAND(start);
CCOCKER_COMMAND(stop);
CCOCKER_COMMAND(restart);
CCOCKER_COMMAND(kill);
CCOCKER_COMMAND(pause);
CCOCKER_COMMAND(unpause);
CCOCKER_COMMAND(wait);
CCOCKER_COMMAND(attach);
CCOCKER_COMMAND(logs);
CCOCKER_COMMAND(rename);
CCOCKER_COMMAND(update);
CCOCKER_COMMAND(exec);
CCOCKER_COMMAND(ps);
CCOCKER_COMMAND(rm);
CCOCKER_COMMAND(inspect);
CCOCKER_COMMAND(top);
CCOCKER_COMMAND(stats);
CCOCKER_COMMAND(events);
CCOCKER_COMMAND(diff);
CCOCKER_COMMAND(cp);
CCOCKER_COMMAND(port);
CCOCKER_COMMAND(network_create);
CCOCKER_COMMAND(network_ls);
CCOCKER_COMMAND(network_inspect);
CCOCKER_COMMAND(network_rm);
CCOCKER_COMMAND(network_prune);
CCOCKER_COMMAND(network_connect);
CCOCKER_COMMAND(network_disconnect);
CCOCKER_COMMAND(pull);
CCOCKER_COMMAND(images);
CCOCKER_COMMAND(rmi);
CCOCKER_COMMAND(load);
CCOCKER_COMMAND(save);
CCOCKER_COMMAND(tag);
CCOCKER_COMMAND(push);
CCOCKER_COMMAND(volume_create);
CCOCKER_COMMAND(volume_ls);
CCOCKER_COMMAND(volume_inspect);
CCOCKER_COMMAND(volume_rm);
CCOCKER_COMMAND(volume_prune);
CCOCKER_COMMAND(container_prune);
CCOCKER_COMMAND(image_prune);
CCOCKER_COMMAND(system_prune);
CCOCKER_COMMAND(system_df);
CCOCKER_COMMAND(commit);
CCOCKER_COMMAND(export);
CCOCKER_COMMAND(import);
CCOCKER_COMMAND(login);
CCOCKER_COMMAND(logout);
CCOCKER_COMMAND(history);
CCOCKER_COMMAND(info);
CCOCKER_COMMAND(version);
CCOCKER_COMMAND(completion);
CCOCKER_COMMAND(help);
#undef CCOCKER_COMMAND

}  // namespace ccocker::cli
