#include "runtime/health.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "loop/clock.h"
#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/notice.h"
#include "runtime/probe.h"

namespace ccocker::runtime {
namespace {

using std::chrono::milliseconds;

constexpr size_t output_bytes_max = 4096;  // as Docker keeps

// How one probe ended, apart from its times.
struct Outcome {
  int exit_code = -1;
  std::string output;
};

Task<Outcome> run_command(Containers& containers, std::string id, std::vector<std::string> test) {
  Outcome outcome;
  ExecRequest request;
  if (test[0] == "CMD-SHELL")
    request.args = {"/bin/sh", "-c", test.at(1)};
  else
    request.args.assign(test.begin() + 1, test.end());
  request.capture = [&outcome](std::string_view bytes) {
    size_t room = output_bytes_max - std::min(outcome.output.size(), output_bytes_max);
    outcome.output += bytes.substr(0, room);
  };
  RunResult result = co_await containers.exec(std::move(id), std::move(request));
  outcome.exit_code = result.exit_code;
  co_return outcome;
}

Task<Outcome> run_probe(std::vector<std::string> test, Fd network) {
  int port = std::atoi(test[1].c_str());
  Task<ProbeResult> probe = test[0] == "TCP" ? probe_tcp(network, port) : probe_http(network, port, test.at(2));
  ProbeResult result = co_await probe;
  co_return Outcome{result.healthy ? 0 : 1, std::move(result.output)};
}

Task<Outcome> check_once(Containers& containers, std::string id, pid_t pid, const HealthCheck& check) {
  bool exec_free = check.test[0] == "TCP" || check.test[0] == "HTTP";
  if (!exec_free) {
    Outcome outcome = co_await run_command(containers, std::move(id), check.test);
    co_return outcome;
  }
  Fd network = sys::openat(sys::cwd(), fmt::format("/proc/{}/ns/net", pid), O_RDONLY);
  Outcome outcome = co_await run_probe(check.test, std::move(network));
  co_return outcome;
}

// Never throws but for cancellation: what cannot be run is a failed probe.
Task<HealthProbe> probe_once(Containers& containers, std::string id, pid_t pid, const HealthCheck& check) {
  HealthProbe probe;
  probe.start_unix_ns = now_unix_ns();
  Task<Outcome> checking = check_once(containers, std::move(id), pid, check);
  try {
    Outcome outcome = co_await timeout(milliseconds(check.timeout_ms), std::move(checking));
    probe.exit_code = outcome.exit_code;
    probe.output = std::move(outcome.output);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    probe.exit_code = -1;
    probe.output = error.code() == Errc::timed_out
                       ? fmt::format("Health check exceeded timeout ({}ms)", check.timeout_ms)
                       : error.text();
  }
  probe.end_unix_ns = now_unix_ns();
  co_return probe;
}

// A reader sees the old or the new whole; a reboot ends it, so the disk need not hear of it.
void save(FdView state_dir, const HealthState& state) {
  {
    Fd file = sys::openat(state_dir, "health.json.new", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    sys::write_all(file, health_to_json(state));
  }
  sys::renameat(state_dir, "health.json.new", state_dir, health_file);
}

// What cannot be written now is with the next result.
void save_if_possible(FdView state_dir, const HealthState& state, bool& told) {
  try {
    save(state_dir, state);
  } catch (const Error& error) {
    if (!std::exchange(told, true)) notice("the health of the container cannot be written down: " + error.text());
  }
}

// `pause`, `commit` and --on-pressure freeze.
bool is_frozen(const HealthSubject& subject) { return Cgroup::is_frozen(subject.cgroup_parent, subject.id); }

// What is frozen for less than a look takes no probe's time away.
Task<void> look_for_freezes(const HealthSubject& subject, bool& seen) {
  constexpr milliseconds look_ms{50};
  while (!seen) {
    seen = is_frozen(subject);
    co_await io::sleep(look_ms);
  }
}

// nullopt when the container was frozen meanwhile, which is what kept it from answering.
Task<std::optional<HealthProbe>> probe_unfrozen(Containers& containers, const HealthSubject& subject,
                                                const HealthCheck& check) {
  bool frozen = false;
  std::vector<Task<void>> beside;
  beside.push_back(look_for_freezes(subject, frozen));
  Task<HealthProbe> probing = probe_once(containers, subject.id, subject.pid, check);
  HealthProbe probe = co_await until(std::move(probing), std::move(beside));
  frozen = frozen || is_frozen(subject);
  if (frozen && probe.exit_code != 0) co_return std::nullopt;
  co_return probe;
}

}  // namespace

bool apply_probe(HealthState& state, const HealthCheck& check, HealthProbe probe, bool in_start_period) {
  std::string before = state.status;
  if (probe.exit_code == 0) {
    state.failing_streak = 0;
    state.status = "healthy";
  } else if (!in_start_period || state.status != "starting") {
    if (++state.failing_streak >= check.retries) state.status = "unhealthy";
  }
  state.log.push_back(std::move(probe));
  while (state.log.size() > HealthState::probes_max) state.log.pop_front();
  return state.status != before;
}

Task<void> watch_health(Containers& containers, HealthSubject subject, HealthCheck check,
                        std::function<void(const HealthState&)> changed) {
  HealthState state = std::move(subject.before);
  bool told = false;
  state.status = "starting";
  state.failing_streak = 0;
  save_if_possible(subject.state_dir, state, told);
  auto begin = std::chrono::steady_clock::now();
  for (;;) {
    auto starting_for = std::chrono::steady_clock::now() - begin;
    bool in_start_period = state.status == "starting" && starting_for < milliseconds(check.start_period_ms);
    co_await io::sleep(milliseconds(in_start_period ? check.start_interval_ms : check.interval_ms));
    if (is_frozen(subject)) continue;
    // Whether a failure counts is decided by the probe's beginning, as in Docker.
    auto up = std::chrono::steady_clock::now() - begin;
    std::optional<HealthProbe> probe = co_await probe_unfrozen(containers, subject, check);
    if (!probe) continue;
    bool is_new = apply_probe(state, check, std::move(*probe), up < milliseconds(check.start_period_ms));
    save_if_possible(subject.state_dir, state, told);
    if (is_new) changed(state);
  }
}

}  // namespace ccocker::runtime
