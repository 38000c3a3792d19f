#include "cli/policy_flags.h"

#include <algorithm>
#include <charconv>

#include "cli/bad_value.h"
#include "cli/duration.h"
#include "cli/image_health.h"
#include "cli/limit_flags.h"
#include "cli/size.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

using runtime::HealthCheck;
using runtime::LogConfig;
using runtime::OnUnhealthy;
using runtime::Policies;
using runtime::PressureTrigger;
using runtime::RestartPolicy;

constexpr int64_t millisecond_ns = 1'000'000, microsecond_ns = 1'000;
constexpr int64_t health_ms_min = 1;  // Docker's
constexpr int64_t window_us_min = 500'000, window_us_max = 10'000'000;  // the kernel's, for a PSI trigger
constexpr int log_files_max = 1000;

int64_t milliseconds(const Flags& flags, const char* flag, int64_t otherwise) {
  if (!flags.has(flag)) return otherwise;
  int64_t value = parse_duration_ns(flag, flags.text(flag)) / millisecond_ns;
  if (value < health_ms_min && flags.text(flag) != "0" && flags.text(flag) != "0s")
    bad_value(flag, flags.text(flag), "at least 1ms");
  return value == 0 ? otherwise : value;  // as Docker: 0 is the default
}

OnUnhealthy parse_on_unhealthy(const std::string& text) {
  if (text == "none") return OnUnhealthy::none;
  if (text == "stop") return OnUnhealthy::stop;
  if (text == "restart") return OnUnhealthy::restart;
  bad_value("on-unhealthy", text, "none, stop or restart");
}

LogConfig::Driver parse_driver(const std::string& text) {
  if (text == "json-file") return LogConfig::Driver::json_file;
  if (text == "journald") return LogConfig::Driver::journald;
  if (text == "none") return LogConfig::Driver::none;
  bad_value("log-driver", text, "json-file, journald or none");
}

void apply_log_option(const std::string& option, LogConfig& out) {
  size_t equals = option.find('=');
  std::string name = option.substr(0, equals), value = equals == option.npos ? "" : option.substr(equals + 1);
  constexpr const char* form = "max-size=SIZE (such as 10m, -1 for no rotation) or max-file=N";
  if (name == "max-size") {
    out.file_bytes_max = value == "-1" ? -1 : static_cast<int64_t>(parse_size("log-opt", value));
    if (out.file_bytes_max == 0) bad_value("log-opt", option, form);
  } else if (name == "max-file" && is_number(value)) {
    out.files_max = static_cast<int>(parse_integer("log-opt", value, 1, log_files_max));
  } else if (name == "compress" && parse_bool(value)) {
    if (*parse_bool(value))
      throw Error(Errc::unsupported,
                  "--log-opt: compress: files that were rotated out are not compressed; max-size and "
                  "max-file keep them small");
  } else {
    bad_value("log-opt", option, form);
  }
}

LogConfig parse_log(const Flags& flags) {
  LogConfig log;
  if (flags.has("log-driver")) log.driver = parse_driver(flags.text("log-driver"));
  for (const std::string& option : flags.list("log-opt")) apply_log_option(option, log);
  if (log.driver != LogConfig::Driver::json_file && flags.has("log-opt"))
    throw Error(Errc::invalid, "--log-opt: max-size and max-file belong to --log-driver json-file");
  return log;
}

void refuse_contradictions(const Flags& flags, const Policies& policies) {
  bool restarts = policies.restart.kind != RestartPolicy::Kind::no || policies.on_unhealthy == OnUnhealthy::restart;
  if (restarts && wants_removal(flags))
    throw Error(Errc::invalid, fmt::format("conflicting options: --{} and --rm: a container that removes itself cannot "
                                           "be started again",
                                           flags.has("restart") ? "restart" : "on-unhealthy restart"));
}

int parse_port(std::string_view text, std::string_view whole) {
  int port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  bool good = is_number(text) && error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
  if (!good) bad_value("health-cmd", whole, "tcp:PORT or http:PORT/PATH with a port from 1 to 65535");
  return port;
}

}  // namespace

RestartPolicy parse_restart(std::string_view text) {
  constexpr const char* form = "no, on-failure[:N], always or unless-stopped";
  RestartPolicy policy;
  size_t colon = text.find(':');
  std::string_view name = text.substr(0, colon);
  if (name == "on-failure") {
    policy.kind = RestartPolicy::Kind::on_failure;
    std::string_view count = colon == text.npos ? "0" : text.substr(colon + 1);
    if (!is_number(count)) bad_value("restart", text, form);
    policy.retries_max = static_cast<int>(parse_integer("restart", count, 0, INT32_MAX));
    return policy;
  }
  if (colon != text.npos) bad_value("restart", text, form);
  if (name == "always")
    policy.kind = RestartPolicy::Kind::always;
  else if (name == "unless-stopped")
    policy.kind = RestartPolicy::Kind::unless_stopped;
  else if (name != "no" && !name.empty())
    bad_value("restart", text, form);
  return policy;
}

PressureTrigger parse_pressure(std::string_view text) {
  constexpr const char* form =
      "RESOURCE:some|full=STALL/WINDOW=event|pause|kill, such as memory:some=150ms/1s=pause, with a window from 500ms to "
      "10s";
  std::vector<std::string> parts = split(text, '=');
  std::vector<std::string> what = split(parts[0], ':');
  if (parts.size() != 3 || what.size() != 2) bad_value("on-pressure", text, form);
  std::vector<std::string> times = split(parts[1], '/');
  PressureTrigger trigger;
  trigger.resource = what[0];
  trigger.full = what[1] == "full";
  bool known = (what[0] == "memory" || what[0] == "cpu" || what[0] == "io") && (trigger.full || what[1] == "some");
  if (!known || times.size() != 2) bad_value("on-pressure", text, form);
  trigger.stall_us = parse_duration_ns("on-pressure", times[0]) / microsecond_ns;
  trigger.window_us = parse_duration_ns("on-pressure", times[1]) / microsecond_ns;
  bool fits = trigger.window_us >= window_us_min && trigger.window_us <= window_us_max && trigger.stall_us > 0 &&
              trigger.stall_us <= trigger.window_us;
  if (!fits) bad_value("on-pressure", text, form);
  if (parts[2] == "pause")
    trigger.action = PressureTrigger::Action::pause;
  else if (parts[2] == "kill")
    trigger.action = PressureTrigger::Action::kill;
  else if (parts[2] != "event")
    bad_value("on-pressure", text, form);
  return trigger;
}

std::vector<std::string> parse_health_command(std::string_view text) {
  if (text.starts_with("tcp:")) return {"TCP", std::to_string(parse_port(text.substr(4), text))};
  if (text.starts_with("http:") && !text.starts_with("http://")) {
    std::string_view rest = text.substr(5);
    size_t slash = std::min(rest.find('/'), rest.size());
    std::string path = slash == rest.size() ? "/" : std::string(rest.substr(slash));
    bool clean = std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 127; });
    if (!clean) bad_value("health-cmd", text, "a path without spaces and control characters");
    return {"HTTP", std::to_string(parse_port(rest.substr(0, slash), text)), path};
  }
  if (text.empty()) bad_value("health-cmd", text, "a command, tcp:PORT or http:PORT/PATH");
  return {"CMD-SHELL", std::string(text)};
}

bool wants_removal(const Flags& flags) {
  if (!flags.has("rm")) return false;
  std::string text = flags.text("rm");
  if (text == "on-success") return true;
  std::optional<bool> on = parse_bool(text);
  if (!on) bad_value("rm", text, "nothing, on-success, true or false");
  return *on;
}

Policies parse_policies(const Flags& flags) {
  Policies policies;
  policies.restart = parse_restart(flags.text("restart", "no"));
  policies.on_unhealthy = parse_on_unhealthy(flags.text("on-unhealthy", "none"));
  policies.log = parse_log(flags);
  for (const std::string& value : flags.list("on-pressure")) policies.pressure.push_back(parse_pressure(value));
  if (flags.has("stop-timeout"))
    policies.stop_timeout_s = static_cast<int>(parse_integer("stop-timeout", flags.text("stop-timeout"), -1, INT32_MAX));
  policies.remove_on_success_only = flags.text("rm") == "on-success";
  policies.open_stdin = flags.on("interactive");
  policies.stdin_once = !flags.on("detach");
  // Checked here, before anything is pulled or made; the image's share comes with complete_health.
  complete_health(flags, {});
  refuse_contradictions(flags, policies);
  return policies;
}

HealthCheck complete_health(const Flags& flags, std::string_view image_json) {
  constexpr const char* others[] = {"health-cmd",          "health-interval",       "health-timeout",
                                    "health-start-period", "health-start-interval", "health-retries"};
  bool changes = std::any_of(std::begin(others), std::end(others), [&](const char* flag) { return flags.has(flag); });
  if (flags.on("no-healthcheck")) {
    if (changes) throw Error(Errc::invalid, "--no-healthcheck conflicts with --health-* options");
    HealthCheck none;
    none.test = {"NONE"};
    return none;
  }
  HealthCheck check = parse_image_health(image_json);
  if (flags.has("health-cmd")) check.test = parse_health_command(flags.text("health-cmd"));
  check.interval_ms = milliseconds(flags, "health-interval", check.interval_ms);
  check.timeout_ms = milliseconds(flags, "health-timeout", check.timeout_ms);
  check.start_period_ms = milliseconds(flags, "health-start-period", check.start_period_ms);
  check.start_interval_ms = milliseconds(flags, "health-start-interval", check.start_interval_ms);
  if (flags.has("health-retries")) {
    int retries = static_cast<int>(parse_integer("health-retries", flags.text("health-retries"), 0, INT32_MAX));
    if (retries > 0) check.retries = retries;
  }
  return check;
}

}  // namespace ccocker::cli
