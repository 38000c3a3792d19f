#include "registry/credential_helper.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <chrono>

#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "registry/http_sigpipe.h"
#include "registry/http_text.h"
#include "registry/manifest_json.h"

namespace ccocker::registry {
namespace {

constexpr std::chrono::seconds helper_limit{30};
constexpr size_t answer_bytes_max = 1u << 20;
constexpr std::string_view none_known = "credentials not found";

struct Helper {
  Fd pidfd;
  Fd input, output;  // our ends
};

// posix_spawn's settings, freed as one.
class SpawnSettings {
 public:
  SpawnSettings(FdView input, FdView output) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    // Signals that the loop reads through a signalfd are blocked here; the helper wants them.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

Helper start_helper(const std::string& program, std::string verb) {
  sys::Pipe input = sys::pipe(), output = sys::pipe();
  SpawnSettings settings(input.read_end, output.write_end);
  std::string name = program;
  char* arguments[] = {name.data(), verb.data(), nullptr};
  pid_t pid = 0;
  int error = ::posix_spawnp(&pid, program.c_str(), &settings.actions, &settings.attributes, arguments, environ);
  if (error == ENOENT)
    throw Error(Errc::not_found,
                fmt::format("the credential helper {} is not in PATH; install it or take it out of the "
                            "Docker configuration",
                            program));
  if (error) throw Error::sys("posix_spawnp", program, error);
  return {sys::pidfd_open(pid), std::move(input.write_end), std::move(output.read_end)};
}

Task<std::string> converse(Helper& helper, std::string key) {
  try {
    co_await io::write_all(helper.input, key);
  } catch (const Error& error) {
    if (error.errno_value() != EPIPE) throw;  // a helper need not read
  }
  helper.input.reset();
  std::string answer;
  std::vector<std::byte> buffer(4096);
  for (;;) {
    size_t count = co_await io::read(helper.output, buffer);
    if (count == 0) co_return answer;
    answer.append(reinterpret_cast<const char*>(buffer.data()), count);
    if (answer.size() > answer_bytes_max) throw Error(Errc::corrupt, "its answer is too long");
  }
}

Task<io::ExitStatus> reap(FdView pidfd) {
  io::ExitStatus status = co_await io::wait_exit(pidfd);
  co_return status;
}

Credentials parse_answer(const std::string& answer, const std::string& program) {
  Json json = parse_json_object(answer, answer_bytes_max, "its answer");
  JsonFields fields(json, "");
  Credentials credentials;
  credentials.source = program;
  std::string username = fields.text("Username"), secret = fields.text("Secret");
  if (username == "<token>") {
    credentials.identity_token = secret;
  } else {
    credentials.username = username;
    credentials.password = secret;
  }
  return credentials;
}

struct HelperAnswer {
  io::ExitStatus status;
  std::string text;
};

Task<HelperAnswer> run_helper(std::string program, std::string verb, std::string input) {
  IgnoreSigpipe ignore_sigpipe;  // a helper need not read what is written to it
  Helper helper = start_helper(program, std::move(verb));
  std::string answer;
  std::exception_ptr failure;
  try {
    answer = co_await timeout(helper_limit, converse(helper, std::move(input)));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) sys::pidfd_send_signal(helper.pidfd, SIGKILL);
  io::ExitStatus status = co_await shielded(reap(helper.pidfd));
  if (failure) std::rethrow_exception(failure);
  co_return HelperAnswer{status, std::move(answer)};
}

bool succeeded(const io::ExitStatus& status) { return !status.signaled && status.value == 0; }

Error helper_failure(const HelperAnswer& answer) {
  return Error(Errc::failed, fmt::format("it ended with {} {}: {}", answer.status.signaled ? "signal" : "exit code",
                                         answer.status.value, one_line(answer.text)));
}

Task<Credentials> ask(std::string program, std::string key) {
  HelperAnswer answer = co_await run_helper(program, "get", std::move(key));
  if (succeeded(answer.status)) co_return parse_answer(answer.text, program);
  if (answer.text.find(none_known) != std::string::npos) co_return Credentials{};
  throw helper_failure(answer);
}

Task<void> tell_helper(std::string name, std::string verb, std::string input, std::string doing) {
  std::string program = "docker-credential-" + name;
  try {
    HelperAnswer answer = co_await run_helper(program, std::move(verb), std::move(input));
    bool unknown = answer.text.find(none_known) != std::string::npos;
    if (!succeeded(answer.status) && !unknown) throw helper_failure(answer);
  } catch (Error& error) {
    if (error.code() == Errc::cancelled || error.code() == Errc::not_found) throw;
    throw std::move(error).in(fmt::format("asking {} to {}", program, doing));
  }
}

// Docker's own registry is known to helpers by the address of its old index.
std::string helper_key(const std::string& registry) {
  return registry == "docker.io" ? "https://index.docker.io/v1/" : registry;
}

// A file's helper, unless the login is known.
Task<void> add_from_helper(std::string helper, std::string registry, RegistryLogins& logins) {
  if (helper.empty() || logins.by_path.contains("")) co_return;
  try {
    Credentials kept = co_await ask_credential_helper(std::move(helper), std::move(registry));
    if (!kept.empty()) logins.by_path.emplace("", std::move(kept));
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    if (!logins.fault) logins.fault = error;
  }
}

std::optional<DockerConfig> read_docker_config(const std::string& path, RegistryLogins& logins) {
  try {
    std::optional<std::string> bytes = sys::read_file_if_exists(sys::cwd(), path);
    if (bytes) return parse_docker_config(*bytes, path);
  } catch (const Error& error) {
    if (!logins.fault) logins.fault = error;
  }
  return std::nullopt;
}

}  // namespace

Task<Credentials> ask_credential_helper(std::string name, std::string registry) {
  std::string program = "docker-credential-" + name;
  try {
    Credentials credentials = co_await ask(program, helper_key(registry));
    co_return credentials;
  } catch (Error& error) {
    if (error.code() == Errc::cancelled || error.code() == Errc::not_found) throw;
    throw std::move(error).in(fmt::format("asking {} for the login to {}", program, registry));
  }
}

Task<void> store_in_credential_helper(std::string name, std::string registry, Credentials credentials) {
  Json entry = {
      {"ServerURL", helper_key(registry)}, {"Username", credentials.username}, {"Secret", credentials.password}};
  std::string input = entry.dump(-1, ' ', false, Json::error_handler_t::replace);
  co_await tell_helper(std::move(name), "store", std::move(input), "keep the login to " + registry);
}

Task<void> erase_from_credential_helper(std::string name, std::string registry) {
  co_await tell_helper(std::move(name), "erase", helper_key(registry), "forget the login to " + registry);
}

Task<RegistryLogins> find_logins(std::string registry) {
  RegistryLogins logins;
  for (const std::string& path : docker_config_paths()) {
    std::optional<DockerConfig> config = read_docker_config(path, logins);
    if (!config) continue;
    std::string helper = find_helper(*config, registry);
    co_await add_from_helper(std::move(helper), registry, logins);
    add_logins(*config, registry, logins);
  }
  co_return logins;
}

Task<Credentials> find_credentials(std::string registry) {
  RegistryLogins logins = co_await find_logins(std::move(registry));
  const Credentials& whole = logins.for_repository("");
  if (whole.empty() && logins.fault) throw Error(*logins.fault);
  co_return whole;
}

}  // namespace ccocker::registry
