#include "runtime/sweep.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "loop/sys.h"
#include "runtime/boot_id.h"
#include "runtime/id.h"
#include "runtime/name.h"
#include "runtime/net/networks.h"
#include "runtime/object_events.h"
#include "runtime/orphan.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

constexpr const char* swept_mark = "/swept";  // STATE/swept: ROOT was looked through since the machine started

std::vector<std::string> entries_of(const std::string& path) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), path, O_RDONLY | O_DIRECTORY);
  return dir ? sys::list_dir(*dir) : std::vector<std::string>{};
}

bool swept_since_boot(const std::string& state) {
  return sys::read_file_if_exists(sys::cwd(), state + swept_mark) == boot_id();
}

// Without room for the mark the next sweep looks through all again, and nothing else.
void mark_swept(const std::string& state) {
  try {
    Fd file = sys::openat(sys::cwd(), state + swept_mark, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    sys::write_all(file, boot_id());
  } catch (const Error&) {
  }
}

// IDs that may have been left: those with a state directory, and once a boot all with files and all that names tell.
std::vector<std::string> suspects(const std::string& root, const std::string& state, bool look_through_root) {
  std::vector<std::string> ids = entries_of(state + "/containers");
  if (look_through_root) {
    for (std::string& id : entries_of(root + "/containers")) ids.push_back(std::move(id));
    for (const std::string& name : entries_of(root + "/containers/names"))
      ids.push_back(id_behind_name(root, name).value_or(""));
  }
  std::erase_if(ids, [](const std::string& id) { return !is_id(id); });
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

bool wants_removal(const ContainerRecord& record) {
  bool started = record.container.status != Status::created;
  // With --rm=on-success one that was killed stays to be looked at.
  if (record.container.policies.remove_on_success_only) return false;
  return record.container.auto_remove && (started || !record.keep_unstarted);
}

// A start makes the groups after the record, and a removal takes them away before it.
void sweep_debris(const std::string& root, const std::string& state, LiveLock& lock) {
  record_disconnects(root, state, release_container_network(state, lock.id(), true), lock.id());
  remove_debris(root, lock);
}

Task<void> sweep_one(std::string root, std::string state, std::string id) {
  if (LiveLock::is_held(state, id)) co_return;
  std::optional<LiveLock> lock = LiveLock::try_acquire(state, id);
  if (!lock) co_return;  // somebody claimed it meanwhile
  std::optional<ContainerRecord> record = load_record_of_held(root, state, id);
  if (!record) co_return sweep_debris(root, state, *lock);
  bool remove = wants_removal(*record);
  ContainerClaim claim(root, std::move(*lock), std::move(*record));
  co_await end_orphan(root, state, claim);
  if (remove)
    claim.remove();
  else
    claim.remove_state_dir();
}

}  // namespace

void remove_debris(const std::string& root, LiveLock& lock) {
  unlink_names_of(root, lock.id());
  sys::remove_tree(sys::cwd(), container_dir(root, lock.id()));
  lock.remove_state_dir();
}

Task<void> sweep_containers(std::string root, std::string state) {
  if (!sys::exists(root + "/containers") && !sys::exists(state + "/containers")) co_return;
  bool whole = !swept_since_boot(state);
  std::vector<std::string> ids = suspects(root, state, whole);
  bool all_done = true;
  for (const std::string& id : ids) {
    try {
      co_await sweep_one(root, state, id);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
      all_done = false;  // a process that cannot die yet, a busy file: the next sweep tries again
    }
  }
  if (whole && all_done && sys::exists(state)) mark_swept(state);
}

}  // namespace ccocker::runtime
