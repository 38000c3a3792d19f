#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "loop/clock.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container.h"
#include "runtime/container_events.h"
#include "runtime/container_root.h"
#include "runtime/control_client.h"
#include "runtime/id.h"
#include "runtime/name.h"
#include "runtime/orphan.h"
#include "runtime/record.h"
#include "runtime/sweep.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr unsigned name_attempts_max = 30;
constexpr unsigned matches_named_max = 3;                         // in the message about an ambiguous prefix
constexpr std::chrono::milliseconds release_wait_ms_max{10'000};  // for a killed container's supervisor to let go
constexpr std::chrono::milliseconds sweeper_wait_ms_max{1'000};   // for another process that only cleans up

std::vector<std::string> ids_below(const std::string& root) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), root + "/containers", O_RDONLY | O_DIRECTORY);
  if (!dir) return {};
  std::vector<std::string> ids = sys::list_dir(*dir);
  std::erase_if(ids, [](const std::string& name) { return !is_id(name); });
  return ids;
}

bool has_record(const std::string& root, const std::string& id) {
  return sys::exists(container_dir(root, id) + "/config.json");
}

}  // namespace

bool free_stale_name(const std::string& root, const std::string& state, const std::string& name) {
  std::optional<std::string> holder = id_behind_name(root, name);
  if (!holder) return true;
  if (!is_id(*holder) || has_record(root, *holder)) return false;
  std::optional<LiveLock> lock = LiveLock::try_acquire(state, *holder);
  if (!lock) return false;
  if (!has_record(root, *holder)) remove_debris(root, *lock);
  return !has_record(root, *holder);
}

namespace {

bool reserve(const std::string& root, const std::string& state, const std::string& name, const std::string& id) {
  if (link_name(root, name, id)) return true;
  return free_stale_name(root, state, name) && link_name(root, name, id);
}

std::string reserve_name(const std::string& root, const std::string& state, const std::string& wanted,
                         const std::string& id) {
  if (!wanted.empty()) {
    std::string name = checked_name(wanted);
    if (reserve(root, state, name, id)) return name;
    throw Error(Errc::conflict, "the container name \"" + name + "\" is in use by container " +
                                    id_behind_name(root, name).value_or("").substr(0, 12) +
                                    "; remove or rename that one, or choose another name");
  }
  for (unsigned attempt = 0; attempt < name_attempts_max; ++attempt) {
    std::string name = made_up_name(attempt);
    if (reserve(root, state, name, id)) return name;
  }
  throw Error(Errc::conflict, "no free container name was found; give one with --name");
}

LiveLock lock_new_id(const std::string& root, const std::string& state) {
  for (;;) {
    std::optional<LiveLock> lock = LiveLock::try_acquire(state, random_id());
    if (lock && !sys::exists(container_dir(root, lock->id()))) return std::move(*lock);
  }
}

void make_container_dir(const std::string& root, const std::string& id) {
  std::string path = container_dir(root, id);
  if (::mkdir(path.c_str(), 0700) == 0) return;
  if (errno != ENOENT) throw Error::sys("mkdir", path).advise("choose another place with --root");
  sys::mkdirs(root + "/containers", 0700);
  sys::mkdirat(sys::cwd(), path, 0700);
}

ContainerRecord record_of(CreateRequest request, const std::string& id) {
  ContainerRecord record;
  record.container = {.id = id,
                      .name = {},
                      .image = std::move(request.image),
                      .image_id = std::move(request.image_id),
                      .command = request.spec.process.args,
                      .entrypoint_words = request.entrypoint_words,
                      .labels = std::move(request.labels),
                      .auto_remove = request.auto_remove,
                      .error = {},
                      .health = {},
                      .policies = std::move(request.policies),
                      .terminal = request.spec.process.terminal};
  record.container.created_unix_ns = now_unix_ns();
  record.container.created_unix_s = record.container.created_unix_ns / 1'000'000'000;
  record.keep_unstarted = request.keep_unstarted;
  record.spec = std::move(request.spec);
  return record;
}

Error no_such_container(const std::string& name) { return Error(Errc::not_found, "no such container: " + name); }

Error held_elsewhere(const Container& it) {
  if (is_up(it.status))
    return Error(Errc::conflict, "container " + it.name + " is " +
                                     (it.status == Status::paused ? "paused" : "running") +
                                     "; stop it first, or remove it with --force");
  return Error(Errc::conflict, "container " + it.name + " is being changed by another ccocker; try again");
}

std::string find_id(const std::string& root, const std::string& name_or_id) {
  if (is_id(name_or_id) && has_record(root, name_or_id)) return name_or_id;
  // A path separator would lead id_behind_name out of its directory.
  bool plain = !name_or_id.empty() && name_or_id.find('/') == std::string::npos;
  std::optional<std::string> named = plain ? id_behind_name(root, name_or_id) : std::nullopt;
  if (named && is_id(*named) && has_record(root, *named)) return *named;
  std::vector<std::string> fitting;
  for (std::string& id : ids_below(root))
    if (plain && id.starts_with(name_or_id) && has_record(root, id)) fitting.push_back(std::move(id));
  if (fitting.empty()) throw no_such_container(name_or_id);
  if (fitting.size() == 1) return fitting[0];
  std::string text = "\"" + name_or_id + "\" fits " + std::to_string(fitting.size()) + " containers:";
  for (size_t i = 0; i < fitting.size() && i < matches_named_max; ++i) text += " " + fitting[i].substr(0, 12);
  throw Error(Errc::conflict, text + "; give more digits");
}

// Whether `remove` may go on waiting for whoever holds the container.
void refuse_waiting(const Container& it, bool force, std::chrono::nanoseconds waited) {
  if (!force && (is_up(it.status) || waited > sweeper_wait_ms_max)) throw held_elsewhere(it);
  if (waited > release_wait_ms_max) throw supervisor_stays(it);
}

// Kills through the cgroup, which reaches what the supervisor's death or a fork in flight would hide.
void kill_inside(const ContainerRecord& record) {
  std::optional<Cgroup> group = Cgroup::open(record.spec.cgroup_parent, record.container.id);
  if (group) group->kill();
}

// As the record says, but what a command that was killed left frozen goes on.
std::optional<ContainerRecord> load_settled(const std::string& root, const std::string& state, const std::string& id) {
  std::optional<ContainerRecord> record = load_record(root, state, id);
  if (!record || record->container.status != Status::paused) return record;
  return thaw_left(state, *record) ? load_record(root, state, id) : record;
}

}  // namespace

Error supervisor_stays(const Container& it) {
  return Error(Errc::timed_out, "container " + it.name +
                                    " was killed, but the ccocker that supervises it does not end; is that one "
                                    "stopped (kill -CONT)?");
}

Containers::Containers(std::string root, std::string state) : root_(std::move(root)), state_(std::move(state)) {}
Containers::~Containers() = default;

std::vector<ContainerRecord> Containers::records() {
  std::vector<ContainerRecord> all;
  for (const std::string& id : ids_below(root_)) {
    std::optional<ContainerRecord> record = load_settled(root_, state_, id);
    if (record) all.push_back(std::move(*record));
  }
  std::sort(all.begin(), all.end(), [](const ContainerRecord& a, const ContainerRecord& b) {
    return a.container.created_unix_ns > b.container.created_unix_ns;
  });
  return all;
}

std::vector<Container> Containers::list() {
  std::vector<Container> all;
  for (ContainerRecord& record : records()) all.push_back(std::move(record.container));
  return all;
}

Container Containers::find(const std::string& name_or_id) {
  std::string_view name = name_or_id;
  if (name.starts_with('/')) name.remove_prefix(1);
  std::string id = find_id(root_, std::string(name));
  std::optional<ContainerRecord> record = load_settled(root_, state_, id);
  if (!record) throw no_such_container(name_or_id);
  return std::move(record->container);
}

Container Containers::create(CreateRequest request) {
  std::string wanted = std::move(request.name);
  LiveLock lock = lock_new_id(root_, state_);
  ContainerRecord record = record_of(std::move(request), lock.id());
  try {
    make_container_dir(root_, lock.id());
    record.container.name = reserve_name(root_, state_, wanted, lock.id());
    save_record(root_, record);
  } catch (...) {
    remove_debris(root_, lock);
    throw;
  }
  record_container_event(state_, record.container, "create");
  created_.insert_or_assign(record.container.id, std::move(lock));
  return std::move(record.container);
}

void Containers::release(const std::string& id) {
  auto mine = created_.extract(id);
  if (mine) mine.mapped().remove_state_dir();
}

std::optional<ContainerClaim> Containers::try_claim(const std::string& id) {
  auto mine = created_.extract(id);
  std::optional<LiveLock> lock;
  if (mine)
    lock = std::move(mine.mapped());
  else if (is_id(id) && has_record(root_, id))
    lock = LiveLock::try_acquire(state_, id);
  if (!lock) return std::nullopt;
  std::optional<ContainerRecord> record = load_record_of_held(root_, state_, id);
  if (record) return ContainerClaim(root_, std::move(*lock), std::move(*record));
  lock->remove_state_dir();  // it was removed between the look and the lock
  return std::nullopt;
}

ContainerClaim Containers::claim(const std::string& id) {
  std::optional<ContainerClaim> claimed = try_claim(id);
  if (claimed) return std::move(*claimed);
  std::optional<ContainerRecord> record = is_id(id) ? load_record(root_, state_, id) : std::nullopt;
  if (!record) throw no_such_container(id);
  throw held_elsewhere(record->container);
}

Task<void> Containers::remove(std::string id, bool force, bool volumes) {
  auto begin = std::chrono::steady_clock::now();
  bool killed = false;
  for (std::chrono::milliseconds pause = 1ms;; pause = std::min(2 * pause, 50ms)) {
    std::optional<ContainerClaim> claimed = try_claim(id);
    if (claimed) {
      co_await end_orphan(root_, state_, *claimed);
      claimed->remove(volumes);
      co_return;
    }
    std::optional<ContainerRecord> record = load_record(root_, state_, id);
    if (!record) co_return;  // somebody else removed it, or --rm did
    refuse_waiting(record->container, force, std::chrono::steady_clock::now() - begin);
    if (force && !killed) co_await announce_stop(state_, id, false);
    if (force) kill_inside(*record);
    if (force && !killed) record_container_event(state_, record->container, "kill", {{"signal", "9"}});
    killed = force;
    co_await io::sleep(pause);
  }
}

Task<void> Containers::sweep() { return sweep_containers(root_, state_); }

std::map<std::string, std::string> Containers::used_images() {
  std::map<std::string, std::string> used;
  for (Container& it : list()) used.emplace(std::move(it.image_id), std::move(it.name));
  return used;
}

}  // namespace ccocker::runtime
