#include "registry/login.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/terminal.h"
#include "registry/credential_helper.h"
#include "registry/docker_config_edit.h"

namespace ccocker::cli {
namespace {

using registry::Credentials;

// "https://host:5000/v1/" as the host alone, as Docker takes it; docker.io without a word.
std::string registry_of(const Parsed& line) {
  if (line.words.empty()) return "docker.io";
  std::string host = registry::config_key_host(line.words[0]);
  if (host.empty()) throw Error(Errc::invalid, fmt::format("\"{}\" is no registry's host", line.words[0]));
  return host;
}

void check_flags(const Flags& flags) {
  bool from_input = flags.on("password-stdin");
  if (flags.has("password") && from_input)
    throw Error(Errc::invalid, "--password and --password-stdin are mutually exclusive");
  if (from_input && flags.text("username").empty())
    throw Error(Errc::invalid, "Must provide --username with --password-stdin");
}

Credentials typed_login(const Flags& flags, const std::string& host) {
  Credentials login;
  login.source = "the command line";
  login.username = flags.text("username");
  if (flags.has("password")) {
    print_error("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    login.password = flags.text("password");
  } else if (flags.on("password-stdin")) {
    login.password = read_secret_from_input();
    if (login.password.empty()) throw Error(Errc::invalid, "password is empty");
  }
  bool complete = !login.username.empty() && !login.password.empty();
  if (complete) return login;
  if (!is_terminal(Stream::in))
    throw Error(Errc::invalid,
                "Cannot perform an interactive login from a non TTY device: give -u and --password-stdin");
  if (login.username.empty()) login.username = ask_line(fmt::format("Username for {}: ", host));
  if (login.username.empty()) throw Error(Errc::invalid, "username is empty");
  if (login.password.empty()) login.password = ask_line("Password: ", true);
  if (login.password.empty()) throw Error(Errc::invalid, "password is empty");
  return login;
}

// A login that is kept already is tried first, as in Docker. True when it is taken.
bool try_kept(Loop& loop, const std::string& host, const registry::LoginOptions& options) {
  Credentials kept = run_interruptible(loop, registry::find_credentials(host));
  if (kept.empty()) return false;
  print_error("Authenticating with existing credentials...\n");
  try {
    run_interruptible(loop, registry::check_login(host, kept, options));
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::denied) throw;
    print_error("Login did not succeed, error: " + error.text() + "\n");
    return false;
  }
}

void tell_kept(const registry::KeptLogin& kept) {
  if (!kept.helper.empty()) return;
  print_error(
      fmt::format("\nWARNING! Your credentials are stored unencrypted in '{}'.\n"
                  "Configure a credential helper (credHelpers or credsStore in that file) to remove this "
                  "warning.\n\n",
                  kept.file));
}

}  // namespace

std::span<const Option> login_options() {
  static constexpr Option options[] = {
      {"ca-file", 0, Takes::text, "FILE", "Trust the certificates in this PEM file too"},
      {"insecure-registry", 0, Takes::list, "HOST[:PORT]", "Reach this registry by plain HTTP or unverified TLS"},
      {"password", 'p', Takes::text, "PASSWORD", "Password or token; others on this machine can see it"},
      {"password-stdin", 0, Takes::nothing, "", "Read the password from standard input"},
      {"username", 'u', Takes::text, "NAME", "User name"},
  };
  return options;
}

int login_command(const Context&, Parsed& line) {
  check_flags(line.flags);
  std::string host = registry_of(line);
  registry::LoginOptions options{line.flags.list("insecure-registry"), line.flags.text("ca-file")};
  Loop loop;
  bool typed = line.flags.has("username") || line.flags.has("password");
  if (typed || !try_kept(loop, host, options)) {
    Credentials login = typed_login(line.flags, host);
    run_interruptible(loop, registry::check_login(host, login, options));
    tell_kept(run_interruptible(loop, registry::keep_login(host, login)));
  }
  print("Login Succeeded\n");
  return 0;
}

std::span<const Option> logout_options() { return {}; }

int logout_command(const Context&, Parsed& line) {
  std::string host = registry_of(line);
  Loop loop;
  bool found = run_interruptible(loop, registry::forget_login(host));
  std::string shown = registry::config_key(host);
  print(found ? fmt::format("Removing login credentials for {}\n", shown)
              : fmt::format("Not logged in to {}\n", shown));
  return 0;
}

}  // namespace ccocker::cli
