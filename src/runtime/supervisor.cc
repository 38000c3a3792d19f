#include "runtime/supervisor.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>

#include <span>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/best_effort.h"
#include "runtime/container_events.h"
#include "runtime/health.h"
#include "runtime/notice.h"
#include "runtime/pressure.h"
#include "runtime/stop_signal.h"
#include "runtime/terminal.h"

namespace ccocker::runtime {
namespace {

constexpr const char* making_durable = "the container runs, but a power cut may lose its record";

LogSubject subject_of(const Container& it) { return {it.id, it.name, it.image}; }

Fd open_bound_process(pid_t pid) {
  if (pid == 0) return Fd();
  try {
    return sys::pidfd_open(pid);
  } catch (const Error& error) {
    if (error.errno_value() != ESRCH) throw;
    throw Error(Errc::not_found, "--bind-pid: there is no process " + std::to_string(pid));
  }
}

}  // namespace

Supervisor::Supervisor(Containers& containers, ContainerClaim& claim, RunOptions options, CancelScope* scope)
    : containers_(containers),
      claim_(claim),
      options_(std::move(options)),
      log_(open_log(policies().log, claim.dir(), subject_of(claim.record().container))),
      // It serves clients when the claim has gone already.
      control_(scope, [word = claim.record().spec.stop_signal](int signal) { return means_stop(word, signal); },
               policies().stdin_once),
      bound_(open_bound_process(options_.bind_pid)) {
  if (!options_.detached) return;
  // Its own streams lead nowhere: what the user should know goes where the container's words are looked for.
  on_notice([this](const std::string& sentence) {
    std::string line = "ccocker: " + sentence + "\n";
    take(OutputStream::err, std::as_bytes(std::span(line)));
  });
}

void Supervisor::take(OutputStream stream, std::span<const std::byte> bytes) {
  if (log_) log_->take(stream, bytes);
  control_.take(stream, bytes);
}

Task<void> Supervisor::wait_for_room() { return control_.wait_for_room(); }

void Supervisor::started(const Launch& launch, StdioPipes& pipes, const Cgroup& cgroup,
                         ControlServer::MoveWayOut move_way_out) {
  triggers_.clear();
  for (const PressureTrigger& trigger : policies().pressure)
    triggers_.push_back(open_pressure_trigger(cgroup.v2_dir(), trigger));
  if (options_.first_client) control_.add_attached(std::move(options_.first_client), options_.client_owns);
  // In the foreground our own standard input is the program's; clients reach a terminal all the same.
  Fd input = options_.detached ? std::move(pipes.in) : Fd();
  control_.set_process(launch.pidfd, launch.terminal, std::move(input), std::move(move_way_out));
  if (options_.started) std::exchange(options_.started, {})(launch.pid);
  if (!options_.detached) return;
  // Nobody waits for us any more, so the disk may be waited for here: an fsync of the ring goes to a kernel thread,
  // which would stay with us for seconds.
  if (stays() && !std::exchange(durable_, true)) make_durable_if_possible();
  ::malloc_trim(0);  // what the start needed; a supervisor may live for years
}

void Supervisor::make_durable_if_possible() {
  try {
    claim_.make_durable_at_once();
  } catch (const Error& error) {
    notice(std::string(making_durable) + ": " + error.text());
  }
}

bool Supervisor::stays() const {
  const Container& it = claim_.record().container;
  return !it.auto_remove || it.policies.remove_on_success_only;
}

void Supervisor::ended() {
  control_.clear_process();
  end_asked_ = false;
  if (log_) log_->finish();
}

void Supervisor::heed_signal(int signal) {
  if (means_stop(claim_.record().spec, signal)) control_.want_stop_by_user(false);
}

std::vector<Task<void>> Supervisor::beside(const Launch& launch, Cgroup& cgroup) {
  std::vector<Task<void>> tasks;
  if (!options_.detached && stays() && !std::exchange(durable_, true))
    tasks.push_back(best_effort(claim_.make_durable(), making_durable));
  if (options_.detached) tasks.push_back(stop_on_signals());
  if (bound_) tasks.push_back(end_with_bound_process());
  if (options_.client_owns) tasks.push_back(end_when_abandoned(launch, cgroup));
  if (policies().health.on())
    tasks.push_back(best_effort(watch_health_of(launch.pid), "its health is not checked any more"));
  for (size_t i = 0; i < triggers_.size(); ++i) {
    PressureTrigger trigger = policies().pressure[i];
    Task<void> watching =
        watch_pressure(std::move(triggers_[i]), [this, trigger, &cgroup] { on_pressure(trigger, cgroup); });
    tasks.push_back(best_effort(std::move(watching), "its pressure is not watched any more"));
  }
  // Who stops it signals the process that the record names. When that was none yet, or cannot be written down, we do.
  if (control_.stop_wanted() || !claim_.state_is_known()) tasks.push_back(end_when_stopped());
  tasks.push_back(end_when_asked(launch.pidfd, cgroup));
  return tasks;
}

void Supervisor::ask_end() {
  end_asked_ = true;
  end_requests_.wake_all();
}

Task<void> Supervisor::end_when_stopped() {
  co_await control_.wait_for_stop();
  ask_end();
}

// The stop signal, the time to heed it, SIGKILL.
Task<void> Supervisor::end_when_asked(FdView pidfd, Cgroup& cgroup) {
  while (!end_asked_) co_await end_requests_.wait();
  int signal = stop_signal_of(claim_.record().spec);
  try {
    sys::pidfd_send_signal(pidfd, signal);
  } catch (const Error& error) {
    if (error.errno_value() != ESRCH) throw;  // it has just ended
  }
  tell("kill", {{"signal", std::to_string(signal)}});
  int timeout_s = policies().stop_timeout_s.value_or(stop_timeout_default_s);
  if (timeout_s < 0) co_return;
  co_await io::sleep(std::chrono::seconds(timeout_s));
  cgroup.kill();
}

// Nobody is at the terminal of a detached one: a signal to its supervisor is the machine going down.
Task<void> Supervisor::stop_on_signals() {
  for (;;) {
    int signal = co_await signals_.source().next();
    if (signal != SIGTERM && signal != SIGINT && signal != SIGHUP && signal != SIGQUIT) continue;
    control_.want_stop(false);
    ask_end();
  }
}

Task<void> Supervisor::end_with_bound_process() {
  co_await io::poll(bound_, POLLIN);
  control_.want_stop(false);
  ask_end();
}

// Its terminal is gone with the client, and what does not end by that is killed.
Task<void> Supervisor::end_when_abandoned(const Launch& launch, Cgroup& cgroup) {
  co_await control_.wait_until_abandoned();
  control_.want_stop(false);
  hang_up(launch.terminal);
  co_await io::sleep(hang_up_grace);
  cgroup.kill();
}

Task<void> Supervisor::watch_health_of(pid_t pid) {
  HealthState before = load_health(claim_.state_dir());
  if (before.log.empty()) before = load_health(claim_.dir());
  HealthSubject subject{claim_.id(), claim_.record().spec.cgroup_parent, pid, claim_.state_dir(), std::move(before)};
  return watch_health(containers_, std::move(subject), policies().health,
                      [this](const HealthState& state) { on_health(state); });
}

void Supervisor::on_health(const HealthState& state) {
  tell("health_status: " + state.status);
  if (state.status != "unhealthy" || policies().on_unhealthy == OnUnhealthy::none) return;
  if (policies().on_unhealthy == OnUnhealthy::restart)
    restart_forced_ = true;
  else
    control_.want_stop(false);
  ask_end();
}

void Supervisor::pause_if_possible(Cgroup& cgroup) {
  try {
    cgroup.freeze(true);
    tell("pause");
  } catch (const Error& error) {
    notice("the container is under pressure and could not be paused: " + error.text());
  }
}

void Supervisor::on_pressure(const PressureTrigger& trigger, Cgroup& cgroup) {
  tell("pressure: " + trigger.resource);
  if (trigger.action == PressureTrigger::Action::pause) {
    pause_if_possible(cgroup);
  } else if (trigger.action == PressureTrigger::Action::kill) {
    tell("kill", {{"signal", std::to_string(SIGKILL)}});
    cgroup.kill();
  }
}

void Supervisor::tell(const std::string& action, const std::map<std::string, std::string>& more) {
  record_container_event(containers_.state(), claim_.record().container, action, more);
}

bool Supervisor::wants_restart(int exit_code, std::chrono::nanoseconds up) {
  refresh();  // `update --restart` may have changed it
  bool forced = std::exchange(restart_forced_, false) && !control_.stop_wanted();
  int restarts = claim_.record().container.restart_count;
  if (!forced && !RestartDecision::wanted(policies().restart, exit_code, restarts, control_.stop_wanted()))
    return false;
  backoff_ = restarts_.next_backoff(up);
  return true;
}

Task<bool> Supervisor::back_off() {
  std::vector<Task<void>> signals;
  signals.push_back(stop_on_signals());
  Task<void> stopped = control_.wait_for_stop();
  Task<void> either = until(std::move(stopped), std::move(signals));
  try {
    co_await timeout(backoff_, std::move(either));
  } catch (const Error& error) {
    if (error.code() != Errc::timed_out) throw;
  }
  co_return !control_.stop_wanted();
}

void Supervisor::finish_log() {
  if (options_.detached) on_notice({});
  if (log_) log_->finish();
  log_.reset();
}

void Supervisor::settle_record() {
  if (control_.stopped_by_user()) claim_.set_stopped_by_user();
  if (control_.keep_wanted()) claim_.keep();
  refresh();
}

// What cannot be read now (no memory, no descriptors) is as it was.
void Supervisor::refresh() {
  try {
    claim_.refresh();
  } catch (const Error&) {
  }
}

}  // namespace ccocker::runtime
