#pragma once
#include <chrono>
#include <memory>
#include <vector>

#include "runtime/cgroup/cgroup.h"
#include "runtime/container.h"
#include "runtime/control_server.h"
#include "runtime/health_state.h"
#include "runtime/launch.h"
#include "runtime/log_writer.h"
#include "runtime/output_tap.h"
#include "runtime/record.h"
#include "runtime/restart_policy.h"
#include "runtime/stdio.h"
#include "runtime/supervise.h"

namespace ccocker::runtime {

// What lives from the first start of a container to its last end: log, control socket, signals, policies. The container
// itself is started and watched by Run (run_once.cc), once for each start.
class Supervisor final : public OutputTap {
 public:
  Supervisor(Containers& containers, ContainerClaim& claim, RunOptions options, CancelScope* scope);

  const RunOptions& options() const { return options_; }
  ForwardedSignals& signals() { return signals_; }
  UnwrittenOutput& unwritten() { return unwritten_; }

  void take(OutputStream stream, std::span<const std::byte> bytes) override;
  Task<void> wait_for_room() override;

  // Clients may come from now on: before anybody can see that it runs.
  void serve() { control_.open(claim_.state_dir()); }
  // It runs: hands the process and its networks to its clients, tells the starter.
  void started(const Launch& launch, StdioPipes& pipes, const Cgroup& cgroup, ControlServer::MoveWayOut move_way_out);
  // What goes on while it runs: health, pressure, the process it is bound to, requests to end it.
  std::vector<Task<void>> beside(const Launch& launch, Cgroup& cgroup);
  void ended();
  void heed_signal(int signal);  // that the user sends to the container: one that means "stop" is no death
  bool stop_wanted() const { return control_.stop_wanted(); }

  // After an end: whether it is to be started again; if so `back_off` waits as long as that takes, and is false when it
  // was told to stop meanwhile.
  bool wants_restart(int exit_code, std::chrono::nanoseconds up);
  Task<bool> back_off();
  void will_restart(int exit_code) { control_.tell_end(exit_code); }

  // The log is whole after this, and takes no more notices. Then the record may be finished and the lock let go, and
  // then clients are told.
  void finish_log();
  void settle_record();  // what clients asked for: it was stopped by its user, --rm shall not remove it
  Task<void> tell_clients(int exit_code, std::string text) { return control_.close(exit_code, std::move(text)); }

 private:
  bool stays() const;  // after its end, in some cases at least
  void make_durable_if_possible();
  void refresh();
  void ask_end();
  Task<void> end_when_asked(FdView pidfd, Cgroup& cgroup);
  Task<void> end_when_stopped();
  Task<void> stop_on_signals();
  Task<void> end_with_bound_process();
  Task<void> end_when_abandoned(const Launch& launch, Cgroup& cgroup);
  Task<void> watch_health_of(pid_t pid);
  void on_health(const HealthState& state);
  void pause_if_possible(Cgroup& cgroup);
  void on_pressure(const PressureTrigger& trigger, Cgroup& cgroup);
  void tell(const std::string& action, const std::map<std::string, std::string>& more = {});
  const Policies& policies() const { return claim_.record().container.policies; }

  Containers& containers_;
  ContainerClaim& claim_;
  RunOptions options_;
  ForwardedSignals signals_;
  UnwrittenOutput unwritten_;
  std::unique_ptr<LogWriter> log_;
  ControlServer control_;
  RestartDecision restarts_;
  std::chrono::milliseconds backoff_{0};
  std::vector<Fd> triggers_;  // of policies().pressure, in order
  Fd bound_;                  // pidfd of options_.bind_pid
  WaitList end_requests_;     // somebody in here wants it to end
  bool end_asked_ = false, restart_forced_ = false, durable_ = false;
};

}  // namespace ccocker::runtime
