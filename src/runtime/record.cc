#include "runtime/record.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "loop/clock.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/boot_id.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_events.h"
#include "runtime/health_state.h"
#include "runtime/name.h"
#include "runtime/notice.h"
#include "runtime/volumes.h"

namespace ccocker::runtime {
namespace {

constexpr const char* record_file = "config.json";
constexpr const char* state_file = "state.json";
// What shells and Docker say of a process that was killed, and of one whose end nobody saw.
constexpr int killed_exit_code = 137, unknown_exit_code = 255;
constexpr size_t record_bytes_max = 16u << 20;
constexpr int64_t second_ns = 1'000'000'000;

// Replaces a file whole. One temporary name is enough, since who writes holds a lock (the live lock for the state, the
// writer's lock for the record), and what a crash leaves of it the next writer overwrites. Unless it is to be `durable`,
// this does not wait for the disk: a power cut may bring the old file back, or leave an empty one.
void replace_file(FdView dir, const char* name, std::string_view bytes, bool durable = false) {
  std::string temporary = std::string(name) + ".new";
  Fd file = sys::openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  sys::write_all(file, bytes);
  if (durable) sys::fsync(file);
  sys::renameat(dir, temporary, dir, name);
  if (durable) sys::fsync(dir);
}

// On a full disk there is no room for a new file, but the block of the old one can be overwritten. Blanks behind the
// JSON make it as long as it was, so that one write does and no reader finds the end of the old text behind the new
// one.
bool overwrite_file(FdView dir, const char* name, std::string text) {
  Fd file(::openat(dir.get(), name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return false;
  size_t before = static_cast<size_t>(sys::fstat(file).st_size);
  text.resize(std::max(text.size(), before), ' ');
  ssize_t count = sys::retry([&] { return ::pwrite(file.get(), text.data(), text.size(), 0); });
  return count == static_cast<ssize_t>(text.size());
}

std::optional<std::string> read_record_file(const std::string& root, const std::string& id, const char* name) {
  std::optional<Fd> file = sys::open_if_exists(sys::cwd(), container_dir(root, id) + "/" + name, O_RDONLY);
  if (!file) return std::nullopt;
  if (sys::fstat(*file).st_size > static_cast<off_t>(record_bytes_max))
    throw Error(Errc::corrupt, std::string(name) + " is damaged: it is larger than any record");
  return sys::read_all(*file);
}

ContainerRecord damaged_record(const std::string& id, const std::string& error) {
  ContainerRecord record;
  record.container.id = id;
  record.container.name = id.substr(0, 12);
  record.container.status = Status::exited;
  record.container.exit_code = unknown_exit_code;
  record.container.error = error;
  record.damaged = true;
  return record;
}

// What a container is whose state says "running" although nobody holds its lock.
void tell_orphan(const RecordedState& state, Container& it) {
  bool rebooted = state.boot_id != boot_id();
  it.status = Status::exited;
  it.exit_code = rebooted ? unknown_exit_code : killed_exit_code;
  it.error = rebooted ? "the machine was restarted while it ran" : "its supervisor was killed";
}

void tell_state(const RecordedState& state, bool supervised, Container& it) {
  it.started_unix_ns = state.started_unix_ns;
  it.finished_unix_ns = state.finished_unix_ns;
  it.started_unix_s = state.started_unix_ns / second_ns;
  it.finished_unix_s = state.finished_unix_ns / second_ns;
  it.exit_code = state.exit_code;
  it.oom_killed = state.oom_killed;
  it.error = state.error;
  it.restart_count = state.restart_count;
  it.stopped_by_user = state.stopped_by_user;
  bool never_ran = state.started_unix_ns == 0;  // its first start failed, as far as anybody knows
  it.status = state.running ? Status::running : never_ran ? Status::created : Status::exited;
  it.pid = 0;
  if (!state.running) return;
  if (!supervised || state.boot_id != boot_id()) return tell_orphan(state, it);
  if (state.restarting)
    it.status = Status::restarting;
  else
    it.pid = state.pid;
}

// What the kernel and the health checks say of one that runs.
void tell_condition(const std::string& state_dir, const Spec& spec, Container& it) {
  if (it.status != Status::running) return;
  if (Cgroup::is_frozen(spec.cgroup_parent, it.id)) it.status = Status::paused;
  if (it.policies.health.on()) it.health = load_health(container_state_dir(state_dir, it.id)).status;
  if (it.policies.health.on() && it.health.empty()) it.health = "starting";  // nothing is written down yet
}

// A state that does not parse is one that a power cut cut short: that container's end nobody saw either.
std::optional<RecordedState> load_state_or_unknown(const std::string& root, const std::string& id) {
  try {
    return load_state(root, id);
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    RecordedState state;
    state.running = true;
    return state;
  }
}

// Whose hand the live lock is in, as far as the reader of a record knows without asking.
enum class Holder { unknown, reader };

void tell_status(const std::string& root, const std::string& state_dir, Holder holder, Container& it) {
  std::optional<RecordedState> state = load_state_or_unknown(root, it.id);
  bool supervised = state && state->running && holder == Holder::unknown && LiveLock::is_held(state_dir, it.id);
  // It may have ended between the two looks: supervisors write the end before they let go.
  if (state && state->running && !supervised) state = load_state_or_unknown(root, it.id);
  if (state) tell_state(*state, supervised, it);
}

std::optional<ContainerRecord> load(const std::string& root, const std::string& state, const std::string& id,
                                    Holder holder) {
  try {
    std::optional<std::string> text = read_record_file(root, id, record_file);
    if (!text) return std::nullopt;
    ContainerRecord record = record_from_json(*text);
    if (record.container.id != id) throw Error(Errc::corrupt, "the record is damaged: it is of another container");
    tell_status(root, state, holder, record.container);
    tell_condition(state, record.spec, record.container);
    return record;
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt && error.code() != Errc::unsupported) throw;
    return damaged_record(id, error.what());
  }
}

}  // namespace

std::string container_dir(const std::string& root, const std::string& id) { return root + "/containers/" + id; }
std::string container_state_dir(const std::string& state, const std::string& id) { return state + "/containers/" + id; }

void save_record(const std::string& root, const ContainerRecord& record) {
  Fd dir = sys::open_dir(sys::cwd(), container_dir(root, record.container.id));
  replace_file(dir, record_file, record_to_json(record));
}

std::optional<ContainerRecord> load_record(const std::string& root, const std::string& state, const std::string& id) {
  return load(root, state, id, Holder::unknown);
}

std::optional<ContainerRecord> load_record_of_held(const std::string& root, const std::string& state,
                                                   const std::string& id) {
  return load(root, state, id, Holder::reader);
}

std::string network_owner(const std::string& root, const std::string& state, const ContainerRecord& record) {
  std::string owner = record.container.id;
  std::optional<ContainerRecord> at = record;
  while (at && at->spec.network == NetworkMode::container) {
    owner = at->spec.network_container;
    at = load_record(root, state, owner);
  }
  return owner;
}

ContainerRecord require_record(const std::string& root, const std::string& state, const std::string& id) {
  std::optional<ContainerRecord> record = load_record(root, state, id);
  if (!record) throw Error(Errc::not_found, "no such container: " + id);
  return std::move(*record);
}

bool state_says_running(const std::string& root, const std::string& id) {
  std::optional<RecordedState> state = load_state_or_unknown(root, id);
  return state && state->running;
}

std::optional<RecordedState> load_state(const std::string& root, const std::string& id) {
  std::optional<std::string> text = read_record_file(root, id, state_file);
  if (!text) return std::nullopt;
  return state_from_json(*text);
}

namespace {

// Held for as long as it takes to write a small file, to the disk at most: never while waiting for another process.
class WriterLock {
 public:
  explicit WriterLock(FdView container_dir) : dir_(container_dir) {
    if (sys::retry([&] { return ::flock(dir_.get(), LOCK_EX); }) < 0)
      throw Error::sys("flock", "a container's directory");
  }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  ~WriterLock() { ::flock(dir_.get(), LOCK_UN); }

 private:
  FdView dir_;
};

}  // namespace

void change_record(const std::string& root, const std::string& state, const std::string& id,
                   const std::function<void(ContainerRecord&)>& change) {
  Error gone(Errc::not_found, "no such container: " + id);
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), container_dir(root, id), O_RDONLY | O_DIRECTORY);
  if (!dir) throw gone;
  WriterLock lock(*dir);
  std::optional<ContainerRecord> record = load_record(root, state, id);
  if (!record) throw gone;
  if (record->damaged) throw Error(Errc::corrupt, record->container.error);
  change(*record);
  replace_file(*dir, record_file, record_to_json(*record), true);
}

void ContainerClaim::refresh() {
  std::optional<std::string> text = read_record_file(root_, id(), record_file);
  if (!text || record_.damaged) return;
  ContainerRecord now = record_from_json(*text);
  record_.container.name = std::move(now.container.name);
  record_.container.policies = std::move(now.container.policies);
  record_.spec.resources = std::move(now.spec.resources);
  record_.spec.networks = std::move(now.spec.networks);
}

Task<void> ContainerClaim::hold_changes() {
  using namespace std::chrono_literals;
  constexpr auto wait_max = 10s;
  auto begin = std::chrono::steady_clock::now();
  for (auto pause = 1ms; !lock_.try_hold_changes(); pause = std::min(2 * pause, 20ms)) {
    if (std::chrono::steady_clock::now() - begin > wait_max) co_return;
    co_await io::sleep(pause);
  }
}

ContainerClaim::ContainerClaim(std::string root, LiveLock lock, ContainerRecord record)
    : root_(std::move(root)),
      lock_(std::move(lock)),
      record_(std::move(record)),
      dir_(sys::open_dir(sys::cwd(), container_dir(root_, record_.container.id))) {}

void ContainerClaim::write_state(const RecordedState& state) {
  tell_state(state, true, record_.container);
  std::string text = state_to_json(state);
  try {
    replace_file(dir_, state_file, text);
  } catch (const Error&) {
    if (!overwrite_file(dir_, state_file, text)) throw;
  }
}

// Said once; the next change says the whole state anew.
void ContainerClaim::write_state_if_possible(const RecordedState& state) {
  try {
    write_state(state);
    state_is_known_ = true;
  } catch (const Error& error) {
    if (!std::exchange(state_is_known_, false)) return;
    notice("container " + record_.container.name +
           " goes on, but what became of it cannot be written down: " + error.text());
  }
}

void ContainerClaim::mark_running(pid_t pid) {
  RecordedState state;
  state.running = true;
  state.pid = pid;
  state.boot_id = boot_id();
  state.started_unix_ns = now_unix_ns();
  state.restart_count = record_.container.restart_count;
  if (state.restart_count > 0)
    write_state_if_possible(state);
  else
    write_state(state);  // who starts it waits for the word
  record_container_event(lock_.state(), record_.container, "start");
}

void ContainerClaim::mark_restarting(int exit_code, bool oom_killed, const std::string& error) {
  RecordedState state;
  state.running = state.restarting = true;
  state.boot_id = boot_id();
  state.started_unix_ns = record_.container.started_unix_ns;
  state.finished_unix_ns = now_unix_ns();
  state.exit_code = exit_code;
  state.oom_killed = oom_killed;
  state.error = error;
  state.restart_count = record_.container.restart_count + 1;
  tell_end(exit_code, error);
  write_state_if_possible(state);
}

// Where the disk takes nothing the log of the checks is lost, and nothing else.
void ContainerClaim::keep_health() {
  HealthState health = load_health(lock_.dir());
  if (health.status.empty()) return;
  health.status = "unhealthy";
  try {
    replace_file(dir_, health_file, health_to_json(health));
  } catch (const Error&) {
    ::unlinkat(dir_.get(), "health.json.new", 0);
  }
}

void ContainerClaim::write_end(int exit_code, bool oom_killed, const std::string& error) {
  if (record_.container.policies.health.on()) keep_health();
  RecordedState state;
  state.boot_id = boot_id();
  state.started_unix_ns = record_.container.started_unix_ns;
  if (state.started_unix_ns) state.finished_unix_ns = now_unix_ns();
  state.exit_code = exit_code;
  state.oom_killed = oom_killed;
  state.error = error;
  state.restart_count = record_.container.restart_count;
  state.stopped_by_user = stopped_by_user_;
  write_state(state);
}

void ContainerClaim::tell_end(int exit_code, const std::string& error) {
  if (std::exchange(end_told_, true)) return;
  std::map<std::string, std::string> more{{"exitCode", std::to_string(exit_code)}};
  if (!error.empty()) more["error"] = error;
  record_container_event(lock_.state(), record_.container, "die", more);
}

void ContainerClaim::mark_orphaned() {
  int exit_code = record_.container.exit_code;
  std::string error = record_.container.error;
  try {
    write_end(exit_code, false, error);
  } catch (const Error&) {
  }
  tell_end(exit_code, error);
}

void ContainerClaim::finish(int exit_code, bool oom_killed, const std::string& error) {
  tell_end(exit_code, error);
  bool failed_one_stays = record_.container.policies.remove_on_success_only && exit_code != 0;
  if (record_.container.auto_remove && !keep_ && !failed_one_stays) return remove();
  write_end(exit_code, oom_killed, error);
  lock_.remove_state_dir();
}

void ContainerClaim::fail(const std::string& error, int exit_code) {
  tell_end(exit_code, error);
  if (record_.container.auto_remove && !keep_ && !record_.container.policies.remove_on_success_only) return remove();
  write_end(exit_code, false, error);
  lock_.remove_state_dir();
}

// The record goes first: from then on it is debris that any sweep takes away, should this process die on the way.
void ContainerClaim::remove(bool volumes) {
  {
    WriterLock lock(dir_);  // a `rename` in flight must neither bring the record back nor keep its new name
    refresh();
    sys::unlinkat_if_exists(dir_, record_file);
    if (record_.damaged)
      unlink_names_of(root_, id());
    else
      unlink_name(root_, record_.container.name, id());
  }
  sys::remove_tree(sys::cwd(), container_dir(root_, id()));
  record_container_event(lock_.state(), record_.container, "destroy");
  lock_.remove_state_dir();
  if (volumes || record_.container.auto_remove) remove_anonymous_volumes(root_, lock_.state(), record_.spec);
}

std::vector<Fd> ContainerClaim::to_be_durable() const {
  std::vector<Fd> files;
  files.push_back(sys::openat(dir_, record_file, O_RDONLY));
  files.push_back(sys::open_dir(dir_, "."));
  files.push_back(sys::open_dir(sys::cwd(), root_ + "/containers/names"));
  files.push_back(sys::open_dir(sys::cwd(), root_ + "/containers"));
  return files;
}

Task<void> ContainerClaim::make_durable() {
  std::vector<Fd> files = to_be_durable();
  for (const Fd& file : files) co_await io::fsync(file);
}

void ContainerClaim::make_durable_at_once() {
  for (const Fd& file : to_be_durable()) sys::fsync(file);
}

}  // namespace ccocker::runtime
