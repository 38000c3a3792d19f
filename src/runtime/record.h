#pragma once
// Containers on disk. ROOT/containers/ID/config.json says what it is (only `rename`, `update`, `network connect` and
// `disconnect` change it); ROOT/containers/ID/state.json says what became of it and is replaced whole. Formats carry a
// version. Nothing here waits for the disk except `make_durable` and `change_record`.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/container.h"
#include "runtime/lock.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

struct ContainerRecord {
  Container container;
  Spec spec;
  bool keep_unstarted = false;  // CreateRequest's
  bool damaged = false;         // config.json does not parse; `container` holds what is known anyway
};

std::string container_dir(const std::string& root, const std::string& id);         // ROOT/containers/ID
std::string container_state_dir(const std::string& state, const std::string& id);  // STATE/containers/ID

// Writes ROOT/containers/ID/config.json whole, so that the container exists.
void save_record(const std::string& root, const ContainerRecord& record);

// Reads a record; the status is the truth of now: running only while the live lock is held and the machine has not
// been rebooted since. nullopt when there is none (or it is only being made); Errc::corrupt for one that does not
// parse.
std::optional<ContainerRecord> load_record(const std::string& root, const std::string& state, const std::string& id);
// The same for who holds the live lock: what its state calls running runs no more.
std::optional<ContainerRecord> load_record_of_held(const std::string& root, const std::string& state,
                                                   const std::string& id);
// Whose network the container is on, by ID: its own, or at the end of --network container:X the one that made it.
std::string network_owner(const std::string& root, const std::string& state, const ContainerRecord& record);
// The same; Errc::not_found when there is none.
ContainerRecord require_record(const std::string& root, const std::string& state, const std::string& id);

// Whether a name is free now: that of a container that died while it was made goes with what is left of it, and one too
// many that a killed rename has left of a container that is gone.
bool free_stale_name(const std::string& root, const std::string& state, const std::string& name);

std::string record_to_json(const ContainerRecord& record);  // what config.json holds
ContainerRecord record_from_json(std::string_view text);    // Errc::corrupt

// What state.json holds: the last thing a supervisor said.
struct RecordedState {
  bool running = false;
  pid_t pid = 0;
  std::string boot_id;  // of the boot it was started in (random(4), boot_id)
  int64_t started_unix_ns = 0, finished_unix_ns = 0;
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;
  bool restarting = false;  // with `running`: between two starts, as its policy wants
  int restart_count = 0;
  bool stopped_by_user = false;
};
std::optional<RecordedState> load_state(const std::string& root, const std::string& id);
// Whether the last thing said is "running". When nobody else holds the live lock, its supervisor died.
bool state_says_running(const std::string& root, const std::string& id);
std::string state_to_json(const RecordedState& state);
RecordedState state_from_json(std::string_view text);  // Errc::corrupt

// A container this process alone may change, since it holds the live lock.
class ContainerClaim {
 public:
  ContainerClaim(std::string root, LiveLock lock, ContainerRecord record);

  const ContainerRecord& record() const { return record_; }
  const std::string& id() const { return record_.container.id; }
  FdView dir() const { return dir_; }               // ROOT/containers/ID: upper, work, hosts, resolv.conf live here
  FdView state_dir() const { return lock_.dir(); }  // STATE/containers/ID: what a reboot ends

  void mark_starting() { end_told_ = false; }
  void mark_running(pid_t pid);  // after the start; `pid` is the container's first process
  // It ended and will be started again. `error` says why it ended badly, as for `finish`.
  void mark_restarting(int exit_code, bool oom_killed, const std::string& error);
  // Its supervisor died: what the record makes of that becomes its end. Where the disk takes nothing, the next reader
  // makes the same of it.
  void mark_orphaned();
  // Takes name, record, upper and work directories and the state directory away, and of a --rm container (or `volumes`)
  // its anonymous volumes; the claim is spent after it.
  void remove(bool volumes = false);
  // The event "die", once a start: the first that knows tells it, at the latest those below.
  void tell_end(int exit_code, const std::string& error = {});
  // Whether others can read what it is now: between two starts a disk that takes nothing ends no container.
  bool state_is_known() const { return state_is_known_; }
  // The end, as each container wants it: --rm removes it, others are marked exited. `error` is kept to show: why it
  // ended badly, empty otherwise. `fail` is for a start that failed.
  void finish(int exit_code, bool oom_killed, const std::string& error = {});
  // Somebody starts it, not its policy.
  void begin() {
    record_.container.restart_count = 0;
    end_told_ = false;
  }
  void set_stopped_by_user() { stopped_by_user_ = true; }
  void keep() { keep_ = true; }  // `finish` does not remove it, --rm or not
  // Reads the record again: others change it while we hold the lock.
  void refresh();
  // The container's ChangesLock, which is held from the claim on: let go while it runs. Who has it for longer than any
  // change can take (it was stopped) is not waited for.
  void let_changes() { lock_.let_changes(); }
  Task<void> hold_changes();
  // Whether a holder of the live lock who died may have left something of it.
  bool was_left() const { return lock_.was_left(); }
  void fail(const std::string& error, int exit_code);

  // Lets go of it as it was found: what a dead holder has left stays for the next sweep. The claim is spent after it.
  void release() {
    if (!was_left()) lock_.remove_state_dir();
  }
  // Nothing is left for a sweep to look at; the claim is spent after it.
  void remove_state_dir() { lock_.remove_state_dir(); }

  // Puts the record on the disk (fsync on the ring), so that a power cut does not lose it. For containers that stay,
  // beside or after the start; costs milliseconds on ext4.
  Task<void> make_durable();
  void make_durable_at_once();  // the same, waiting

 private:
  void write_state(const RecordedState& state);
  void write_state_if_possible(const RecordedState& state);
  void keep_health();
  void write_end(int exit_code, bool oom_killed, const std::string& error);
  std::vector<Fd> to_be_durable() const;

  std::string root_;
  LiveLock lock_;
  ContainerRecord record_;
  Fd dir_;
  bool stopped_by_user_ = false, keep_ = false, end_told_ = false, state_is_known_ = true;
};

// Changes config.json of a container that may be running: the one writer at a time is who holds the directory's flock,
// and a container that is being removed is not brought back. Waits for the disk: a power cut leaves the old or the new
// one whole. Errc::not_found when it is gone.
void change_record(const std::string& root, const std::string& state, const std::string& id,
                   const std::function<void(ContainerRecord&)>& change);

}  // namespace ccocker::runtime
