#pragma once
// What a container's supervisor does beside running it: restarts, health checks, its log, memory pressure, removal.
// Part of the record on disk.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ccocker::runtime {

struct RestartPolicy {
  enum class Kind { no, on_failure, always, unless_stopped };
  Kind kind = Kind::no;
  int retries_max = 0;  // of on_failure; 0 is no limit
};

// In Docker's form: {"CMD", program, arguments...} or {"CMD-SHELL", line}; or a probe that needs no program inside:
// {"TCP", port} connects, {"HTTP", port, path} asks for a page and wants a status from 200 to 399. Empty: no
// check; {"NONE"}: the image's was switched off.
struct HealthCheck {
  std::vector<std::string> test;
  int64_t interval_ms = 30'000, timeout_ms = 30'000;
  int64_t start_period_ms = 0, start_interval_ms = 5'000;
  int retries = 3;

  bool on() const { return !test.empty() && test[0] != "NONE"; }
};

enum class OnUnhealthy { none, stop, restart };

struct LogConfig {
  enum class Driver { json_file, journald, none };
  Driver driver = Driver::json_file;
  int64_t file_bytes_max = 10 << 20;  // -1: no rotation
  int files_max = 3;
};

// "memory:some=150ms/1s=pause": when the container's processes stall for `stall_us` of `window_us`.
struct PressureTrigger {
  enum class Action { event, pause, kill };
  std::string resource = "memory";  // or "cpu", "io"
  bool full = false;                // all of its processes stalled at once, not some
  int64_t stall_us = 0, window_us = 0;
  Action action = Action::event;
};

struct Policies {
  RestartPolicy restart;
  HealthCheck health;
  OnUnhealthy on_unhealthy = OnUnhealthy::none;
  LogConfig log;
  std::vector<PressureTrigger> pressure;
  std::optional<int> stop_timeout_s;    // from the stop signal to SIGKILL, 10 when not set; -1 waits for ever
  bool remove_on_success_only = false;  // `--rm=on-success`, with Container::auto_remove
  bool open_stdin = false;              // -i: its input is a pipe, not /dev/null
  bool stdin_once = true;               // that ends with the first client's; of `run -d` it stays open
};

constexpr int stop_timeout_default_s = 10;

}  // namespace ccocker::runtime
