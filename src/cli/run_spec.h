#pragma once
// From flags and an image to the runtime::Spec of a container: pure, so that every rule of Docker's is a unit test.
#include <string>
#include <vector>

#include "cli/env_flags.h"
#include "cli/options.h"
#include "cli/security_flags.h"
#include "registry/image.h"
#include "runtime/policies.h"
#include "runtime/spec.h"

namespace ccocker::cli {

// What of the caller's machine the flags refer to.
struct Host {
  HostEnv env;
  std::string cwd;    // for -v ./x:/y
  unsigned cpus = 1;  // online, the most that --cpus can mean
  ReadFlagFile read_file;  // --env-file, --label-file, --security-opt seccomp=FILE
};

// What the flags alone say, checked before anything is pulled or made.
struct RunFlags {
  runtime::Spec spec;          // env holds the user's variables only; args, cwd and user may be empty
  runtime::Policies policies;  // the health check without the image's share
  std::map<std::string, std::string> labels;
  std::vector<std::string> sources_to_create;  // directories that -v makes when they are missing
  std::optional<std::string> entrypoint;
  std::string name;
};
RunFlags parse_run_flags(const Flags& flags, const Host& host);

// Adds what the image says: command line, environment, user, working directory, lower directories. `arguments` are the
// words behind the image. Errc::invalid when nobody says what to run.
runtime::Spec complete_spec(const RunFlags& flags, const std::vector<std::string>& arguments,
                            const registry::Image& image, const std::string& image_name);

// The part of the command line that --entrypoint or the image says.
std::vector<std::string> entrypoint_of(const std::optional<std::string>& entrypoint,
                                       const registry::ImageConfig& image);
// Docker's rules for entrypoint and command; --entrypoint drops the image's Cmd, and --entrypoint "" its Entrypoint.
std::vector<std::string> command_line(const std::optional<std::string>& entrypoint,
                                      const std::vector<std::string>& arguments, const registry::ImageConfig& image);

// [a-zA-Z0-9][a-zA-Z0-9_.-]+; Errc::invalid otherwise.
std::string parse_container_name(const std::string& text);

}  // namespace ccocker::cli
