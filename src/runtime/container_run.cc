#include <chrono>
#include <optional>

#include "loop/error.h"
#include "loop/scope.h"
#include "runtime/container.h"
#include "runtime/container_events.h"
#include "runtime/orphan.h"
#include "runtime/record.h"
#include "runtime/run_once.h"
#include "runtime/supervisor.h"

namespace ccocker::runtime {
namespace {

constexpr std::chrono::milliseconds look_wait_max{1'000};     // for who only looks or cleans up
constexpr std::chrono::milliseconds change_wait_max{30'000};  // for an `update` and its like to be on the disk
constexpr int setup_failed = 125, cannot_execute = 126, command_not_found = 127;  // Docker's exit codes

int exit_code_for(const Error& error) {
  if (error.code() == Errc::cannot_execute) return cannot_execute;
  return error.code() == Errc::command_not_found ? command_not_found : setup_failed;
}

// A start that the policy wants. One that fails is a bad end like others: what was in its way (a full disk, a port that
// somebody took) may be gone at the next.
Task<RunResult> run_again(ContainerClaim& claim, const std::string& root, const std::string& state,
                          Supervisor& supervisor) {
  RunResult failed;
  try {
    RunResult result = co_await run_once(claim, root, state, supervisor);
    co_return result;
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    failed.exit_code = exit_code_for(error);
    failed.post_mortem = error.text();
  }
  co_return failed;
}

// All starts, the first and those that its policy wants.
Task<RunResult> run_to_its_end(ContainerClaim& claim, const std::string& root, const std::string& state,
                               Supervisor& supervisor) {
  for (bool first = true;; first = false) {
    auto begin = std::chrono::steady_clock::now();
    Task<RunResult> running =
        first ? run_once(claim, root, state, supervisor) : run_again(claim, root, state, supervisor);
    RunResult result = co_await running;
    auto up = std::chrono::steady_clock::now() - begin;
    if (!supervisor.wants_restart(result.exit_code, up)) co_return result;
    claim.mark_restarting(result.exit_code, result.oom_killed, kept_error(result, supervisor));
    claim.let_changes();
    supervisor.will_restart(result.exit_code);
    bool again = co_await supervisor.back_off();
    if (!again) co_return result;
    co_await claim.hold_changes();
    claim.refresh();
  }
}

// Why a start failed: what is recorded and what clients hear.
struct StartFailure {
  std::string text;
  int exit_code = setup_failed;
};

StartFailure start_failure(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return {error.text(), exit_code_for(error)};
  } catch (const std::exception& error) {
    return {error.what(), setup_failed};
  }
}

}  // namespace

// Waits a moment for who only looks or cleans up, and ends what a supervisor that was killed left running.
Task<ContainerClaim> Containers::claim_to_start(std::string id) {
  constexpr std::chrono::milliseconds step{5};
  auto waits_for_change = [&] { return !LiveLock::is_held(state_, id); };
  for (std::chrono::milliseconds waited{0}; waited < look_wait_max || (waited < change_wait_max && waits_for_change());
       waited += step) {
    std::optional<ContainerClaim> claimed = try_claim(id);
    if (!claimed && !load_record(root_, state_, id)) break;
    if (!claimed && LiveLock::is_held(state_, id) && state_says_running(root_, id)) break;  // it runs
    if (claimed) {
      bool left = claimed->was_left() || state_says_running(root_, id);  // a reboot empties STATE, and nothing else
      if (left) co_await end_orphan(root_, state_, *claimed);
      co_return std::move(*claimed);
    }
    co_await io::sleep(step);
  }
  co_return claim(id);
}

Task<RunResult> Containers::run(std::string id, Stdio stdio, std::function<void(pid_t)> started) {
  RunOptions options;
  options.stdio = stdio;
  options.started = std::move(started);
  return run(std::move(id), std::move(options));
}

Task<RunResult> Containers::run(std::string id, RunOptions options) {
  std::optional<ContainerClaim> held;
  ContainerClaim claimed = co_await claim_to_start(id);
  held.emplace(std::move(claimed));
  held->begin();
  CancelScope* scope = co_await current_scope();
  std::exception_ptr failure;
  std::optional<RunResult> result;
  std::optional<Supervisor> supervisor;
  if (!options.detached) record_container_event(state_, held->record().container, "attach");
  try {
    supervisor.emplace(*this, *held, std::move(options), scope);
    RunResult ended = co_await run_to_its_end(*held, root_, state_, *supervisor);
    result = std::move(ended);
  } catch (...) {
    failure = std::current_exception();
  }
  if (supervisor) {
    supervisor->finish_log();
    supervisor->settle_record();
  }
  StartFailure failed = failure ? start_failure(failure) : StartFailure{};
  try {
    if (failure)
      held->fail(failed.text, failed.exit_code);
    else
      held->finish(result->exit_code, result->oom_killed, kept_error(*result, *supervisor));
  } catch (...) {  // a full disk: clients are told all the same
    if (!failure) failed = start_failure(failure = std::current_exception());
  }
  held.reset();  // whoever hears of the end may start it at once
  std::string last_words = failure ? failed.text : result->post_mortem;
  if (supervisor)
    co_await shielded(supervisor->tell_clients(failure ? failed.exit_code : result->exit_code, std::move(last_words)));
  if (supervisor) co_await write_unwritten(std::move(supervisor->unwritten()), &supervisor->signals().source());
  if (failure) std::rethrow_exception(failure);
  co_return std::move(*result);
}

}  // namespace ccocker::runtime
