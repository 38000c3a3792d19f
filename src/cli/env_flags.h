#pragma once
// -e, --env-file and what the environment of a container is made of.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ccocker::cli {

// Looks a variable of the caller's environment up; nullopt when it is unset.
using HostEnv = std::function<std::optional<std::string>(const std::string& name)>;

// "NAME=value", or the host's value for "NAME"; nullopt when the host has none. Errc::invalid without a name.
std::optional<std::string> parse_env(std::string_view flag, const std::string& text, const HostEnv& host);

// What -e TEXT says: as parse_env, but a NAME that the host has not stays, and takes the variable away (make_env).
std::string parse_env_flag(const std::string& text, const HostEnv& host);

// The lines of an --env-file: NAME=value or NAME, "#" comments, no quoting (as Docker). Errc::invalid with `path` and
// the line's number.
std::vector<std::string> parse_env_file(const std::string& path, std::string_view content, const HostEnv& host);

// KEY=value of --label or a label file's line; "KEY" is an empty value. Errc::invalid without a key.
std::pair<std::string, std::string> parse_label(std::string_view flag, std::string_view text);

// Adds NAME=value or NAME, or replaces the entry of the same name where it stands.
void set_env(std::vector<std::string>& env, const std::string& entry);

// Docker's order: PATH, HOSTNAME (when known), TERM (with a terminal), then the user's and the image's variables; the
// user's win over the image's and both over the defaults. HOME follows from the user inside and is the runtime's. A
// NAME of the user's alone stays in the list for the runtime, which gives the program no such variable.
std::vector<std::string> make_env(const std::vector<std::string>& user, const std::vector<std::string>& image,
                                  const std::string& hostname, bool terminal);

}  // namespace ccocker::cli
