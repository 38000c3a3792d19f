// What other processes do to a container that somebody supervises: stop, kill, pause, wait, rename, update. All of it
// works through the kernel and the files; the supervisor is only told what it could not know.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container.h"
#include "runtime/container_events.h"
#include "runtime/control_client.h"
#include "runtime/hold_process.h"
#include "runtime/name.h"
#include "runtime/net/container_leases.h"
#include "runtime/record.h"
#include "runtime/stop_signal.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds death_s_max{10};  // from SIGKILL to the end of the supervisor
constexpr std::chrono::milliseconds kill_ms_step{100};
constexpr unsigned attempts_max = 100;  // of a millisecond, to meet a container between two starts
constexpr std::chrono::milliseconds freeze_ms_max{10'000};

Error not_running(const Container& it) { return Error(Errc::conflict, "container " + it.name + " is not running"); }

// The first process of a container, held so that its number cannot become somebody else's.
struct Target {
  ContainerRecord record;
  Fd pidfd;  // invalid between two starts, and of a dead one whose supervisor does not say so (it was stopped itself)
};

Target hold(const std::string& root, const std::string& state, const std::string& id) {
  for (unsigned attempt = 0;; ++attempt) {
    Target target{require_record(root, state, id), {}};
    if (target.record.container.pid == 0 || attempt == attempts_max) return target;
    if (attempt > 0) ::usleep(1000);
    if (std::optional<Fd> held = hold_process(target.record.container)) {
      target.pidfd = std::move(*held);
      return target;
    }
    // It has just ended, or was restarted.
    ContainerRecord now = require_record(root, state, id);
    if (!is_up(now.container.status)) return Target{std::move(now), {}};
  }
}

// Held anew once its supervisor has heard that it is to stop: from here on no policy starts it again, and what its
// policy had started before is the process to stop.
Target hold_again(const std::string& root, const std::string& state, Target before) {
  try {
    return hold(root, state, before.record.container.id);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
  before.pidfd.reset();  // it has ended, and --rm has removed it
  return before;
}

void send(FdView pidfd, int signal) {
  try {
    sys::pidfd_send_signal(pidfd, signal);
  } catch (const Error& error) {
    if (error.errno_value() != ESRCH) throw;
  }
}

void thaw(const ContainerRecord& record) {
  std::optional<Cgroup> group = Cgroup::open(record.spec.cgroup_parent, record.container.id);
  if (group) group->freeze(false);
}

void kill_all(const ContainerRecord& record) {
  std::optional<Cgroup> group = Cgroup::open(record.spec.cgroup_parent, record.container.id);
  if (group) group->kill();
}

Task<void> wait_readable(FdView fd) { co_await io::poll(fd, POLLIN); }

Task<bool> done_within(std::chrono::nanoseconds limit, Task<void> waiting) {
  try {
    co_await timeout(limit, std::move(waiting));
    co_return true;
  } catch (const Error& error) {
    if (error.code() != Errc::timed_out) throw;
  }
  co_return false;
}

// Until the supervisor has written the end down and let go. With `kill`, what a start in flight brings up meanwhile is
// killed, too.
Task<void> wait_let_go(const std::string& root, const std::string& state, const ContainerRecord& record, bool kill) {
  auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < death_s_max) {
    if (kill) kill_all(record);
    bool down =
        co_await done_within(kill ? kill_ms_step : death_s_max, wait_until_down(root, state, record.container.id));
    if (down) co_return;
  }
  throw supervisor_stays(record.container);
}

// The end of the process; of one that nobody can see yet, as it is being started again, the end of the container: its
// supervisor asks that one to stop.
Task<void> wait_for_end_of(const Target& target, const std::string& root, const std::string& state) {
  return target.pidfd ? wait_readable(target.pidfd) : wait_until_down(root, state, target.record.container.id);
}

Task<bool> ends_in_time(const Target& target, const std::string& root, const std::string& state, int patience_s) {
  if (!target.pidfd && target.record.container.pid != 0) co_return true;
  Task<void> ending = wait_for_end_of(target, root, state);
  if (patience_s >= 0) {
    bool ended = co_await done_within(std::chrono::seconds(patience_s), std::move(ending));
    co_return ended;
  }
  co_await ending;
  co_return true;
}

}  // namespace

Task<void> Containers::stop(std::string id, std::optional<int> timeout_s, int signal, bool keep) {
  Target target = hold(root_, state_, id);
  if (!is_up(target.record.container.status)) co_return;
  co_await announce_stop(state_, id, keep);
  target = hold_again(root_, state_, std::move(target));
  const Container& it = target.record.container;
  int number = signal > 0 ? signal : stop_signal_of(target.record.spec);
  int patience_s = timeout_s.value_or(it.policies.stop_timeout_s.value_or(stop_timeout_default_s));
  if (target.pidfd) {
    record_container_event(state_, it, "kill", {{"signal", std::to_string(number)}});
    send(target.pidfd, number);
    if (it.status == Status::paused) thaw(target.record);
  }
  bool ended = co_await ends_in_time(target, root_, state_, patience_s);
  if (!ended) record_container_event(state_, it, "kill", {{"signal", std::to_string(SIGKILL)}});
  co_await wait_let_go(root_, state_, target.record, !ended);
  record_container_event(state_, it, "stop");
}

void Containers::tell_restarted(const Container& container) { record_container_event(state_, container, "restart"); }

Task<void> Containers::kill(std::string id, int signal) {
  Target target = hold(root_, state_, id);
  if (!is_up(target.record.container.status)) throw not_running(target.record.container);
  bool ends_it = means_stop(target.record.spec, signal);
  if (ends_it) {
    co_await announce_stop(state_, id, false);
    target = hold_again(root_, state_, std::move(target));
  }
  const Container& it = target.record.container;
  if (target.pidfd) {
    record_container_event(state_, it, "kill", {{"signal", std::to_string(signal)}});
    send(target.pidfd, signal);
    if (ends_it && it.status == Status::paused) thaw(target.record);
  }
  if (signal == SIGKILL) co_await wait_let_go(root_, state_, target.record, true);
}

Task<void> Containers::pause(std::string id) {
  ContainerRecord record = require_record(root_, state_, id);
  const Container& it = record.container;
  if (it.status == Status::paused) throw Error(Errc::conflict, "container " + it.name + " is already paused");
  if (it.status != Status::running) throw not_running(it);
  std::optional<Cgroup> group = Cgroup::open(record.spec.cgroup_parent, id);
  if (!group) throw not_running(it);
  group->freeze(true);
  co_await group->wait_frozen(freeze_ms_max);
  record_container_event(state_, it, "pause");
}

Task<void> Containers::unpause(std::string id) {
  ContainerRecord record = require_record(root_, state_, id);
  if (record.container.status != Status::paused)
    throw Error(Errc::conflict, "container " + record.container.name + " is not paused");
  thaw(record);
  record_container_event(state_, record.container, "unpause");
  co_return;
}

Task<int> Containers::wait(std::string id) {
  Container before = require_record(root_, state_, id).container;
  std::optional<ControlMessage> end = co_await wait_for_end(root_, state_, id);
  if (end) co_return end->number;
  std::optional<ContainerRecord> record = load_record(root_, state_, id);
  if (!record) throw Error(Errc::not_found, "container " + before.name + " was removed before its exit code was seen");
  co_return record->container.exit_code;
}

namespace {

// One that it has already was left by a rename that was killed.
void take_name(const std::string& root, const std::string& state, const std::string& name, const std::string& id) {
  if (link_name(root, name, id)) return;
  std::optional<std::string> holder = id_behind_name(root, name);
  if (holder == id || (free_stale_name(root, state, name) && link_name(root, name, id))) return;
  throw Error(Errc::conflict, "the container name \"" + name + "\" is in use by container " +
                                  holder.value_or("").substr(0, 12) +
                                  "; remove or rename that one, or choose another name");
}

// The record could not be changed, so the new name is no other name of the container.
void give_up_name(const std::string& root, const std::string& state, const std::string& name, const std::string& id) {
  std::optional<ContainerRecord> record = load_record(root, state, id);
  bool changed = record && record->container.name == name;  // and only its way to the disk failed
  if (!changed) unlink_name(root, name, id);
}

}  // namespace

// The new name is taken before the record says it and the old one given up after: a crash in between leaves a name too
// many, which is the container's until that has gone, and free then (free_stale_name).
Task<void> Containers::rename(std::string id, std::string wanted) {
  std::string name = checked_name(wanted);
  std::string before;
  bool taken = false;
  ChangesLock lock = co_await hold_changes(state_, id);
  auto change = [&](ContainerRecord& record) {
    before = record.container.name;
    if (before == name)
      throw Error(Errc::invalid, "renaming container " + name + ": the old and the new name are the same");
    take_name(root_, state_, name, id);
    taken = true;
    record.container.name = name;
  };
  try {
    change_record(root_, state_, id, change);
  } catch (const Error&) {
    if (taken) give_up_name(root_, state_, name, id);
    throw;
  }
  unlink_name(root_, before, id);
  rename_leases(state_, id, before, name);
  Container it = require_record(root_, state_, id).container;
  record_container_event(state_, it, "rename", {{"oldName", "/" + before}});
}

namespace {

template <typename T>
void replace(std::optional<T>& value, const std::optional<T>& wanted) {
  if (wanted) value = wanted;
}

void merge(Resources& out, const Resources& wanted) {
  replace(out.memory_bytes, wanted.memory_bytes);
  replace(out.memory_swap_bytes, wanted.memory_swap_bytes);
  replace(out.memory_reservation_bytes, wanted.memory_reservation_bytes);
  replace(out.cpu_quota_us, wanted.cpu_quota_us);
  replace(out.cpu_period_us, wanted.cpu_period_us);
  replace(out.cpu_shares, wanted.cpu_shares);
  replace(out.pids_max, wanted.pids_max);
  if (!wanted.cpuset_cpus.empty()) out.cpuset_cpus = wanted.cpuset_cpus;
  if (!wanted.cpuset_mems.empty()) out.cpuset_mems = wanted.cpuset_mems;
}

}  // namespace

Task<void> Containers::update(std::string id, UpdateRequest request) {
  ChangesLock lock = co_await hold_changes(state_, id);
  ContainerRecord record = require_record(root_, state_, id);
  bool auto_remove = record.container.auto_remove;
  if (request.restart && request.restart->kind != RestartPolicy::Kind::no && auto_remove)
    throw Error(Errc::conflict, "container " + record.container.name +
                                    " removes itself at its end (--rm), so it cannot have a restart policy");
  merge(record.spec.resources, request.resources);
  std::optional<Cgroup> group;
  if (is_up(record.container.status)) group = Cgroup::open(record.spec.cgroup_parent, id);
  if (group) group->change_limits(record.spec.resources);
  change_record(root_, state_, id, [&](ContainerRecord& now) {
    merge(now.spec.resources, request.resources);
    if (request.restart) now.container.policies.restart = *request.restart;
  });
  record_container_event(state_, record.container, "update");
}

}  // namespace ccocker::runtime
