#pragma once
// Containers as the commands see them: made, listed, found, run, entered, removed.
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loop/error.h"
#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/lock.h"
#include "runtime/policies.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

enum class Status { created, running, paused, restarting, exited };
// Somebody supervises it, though it may be between two starts that its policy wants.
constexpr bool is_up(Status status) { return status != Status::created && status != Status::exited; }
// It is up, and not between two starts.
constexpr bool has_process(Status status) { return status == Status::running || status == Status::paused; }

// What ccocker knows of a container from its record on disk.
struct Container {
  std::string id;  // 64 hex digits
  std::string name;
  std::string image;                 // reference as typed
  std::string image_id;              // "sha256:..."
  std::vector<std::string> command;  // entrypoint and arguments
  std::optional<size_t> entrypoint_words;  // how many of `command` are the entrypoint; older records do not say
  std::map<std::string, std::string> labels;
  Status status = Status::created;
  int64_t created_unix_s = 0, started_unix_s = 0, finished_unix_s = 0;
  // The same moments, as exactly as they are known; lists are in the order of the first.
  int64_t created_unix_ns = 0, started_unix_ns = 0, finished_unix_ns = 0;
  int exit_code = 0;
  bool oom_killed = false;
  bool auto_remove = false;
  pid_t pid = 0;                 // on the host, 0 unless running
  std::string error;             // why the last start failed, or the last end was a bad one
  int restart_count = 0;         // by its policy, since it was started
  bool stopped_by_user = false;  // `stop` ended it: unless-stopped stays down
  std::string health;            // "starting", "healthy", "unhealthy"; empty without a check or when it does not run
  Policies policies;
  bool terminal = false;  // made with -t
};

struct CreateRequest {
  Spec spec;
  std::string name;  // empty: one is made up (two words, as Docker does)
  std::string image, image_id;
  size_t entrypoint_words = 0;  // how many of the spec's arguments are the entrypoint
  std::map<std::string, std::string> labels;
  Policies policies;
  bool auto_remove = false;
  bool keep_unstarted = false;  // `create --rm`: not swept although it was never started
};

Error supervisor_stays(const Container& it);  // it was killed, and its supervisor has not let go of it for too long

class ContainerClaim;    // runtime/record.h
struct ContainerRecord;  // runtime/record.h

// How the terminal or pipes of the caller are wired to the container.
struct Stdio {
  bool interactive = false;  // -i: forward stdin
  bool terminal = false;     // -t
  bool output = true, errors = true;  // -a: what is written is shown here; it is logged either way
};

// A step of the start and when it ended, for `run --timing`.
struct TimingStep {
  std::string name;
  std::chrono::nanoseconds since_start;
};

struct RunResult {
  int exit_code = 0;  // the container's own, or 128 + signal
  int signal = 0;     // what killed it, 0 when it exited
  bool oom_killed = false;
  // One sentence when it died badly (signal, OOM with limit and peak), empty otherwise.
  std::string post_mortem;
  std::vector<TimingStep> timing;
};

// How a container is started and supervised.
struct RunOptions {
  Stdio stdio;
  bool detached = false;               // our own standard streams are not the container's; signals to us stop it
  std::function<void(pid_t)> started;  // called once, when it first runs
  pid_t bind_pid = 0;                  // it is stopped when this process ends; 0: none
  Fd first_client;                     // a connection of `attach` that is there before the first byte
  bool client_owns = false;            // it ends when that client goes without leaving on purpose
};

// What changes of a container that is there; absent: stays.
struct UpdateRequest {
  Resources resources;  // only what is set
  std::optional<RestartPolicy> restart;
};

struct ExecRequest {
  std::vector<std::string> args;
  std::vector<std::string> env;  // added to the container's; NAME alone takes it away
  std::string user, cwd;         // empty: the container's
  bool privileged = false;
  Stdio stdio;
  bool detached = false;                          // nobody is at its streams
  std::function<void(pid_t)> started;             // called when it runs
  std::function<void(std::string_view)> capture;  // takes its output in place of our standard streams
  std::string detach_keys;                        // as bytes; typed at its terminal they end the forwarding
  std::function<void()> leave;                    // called for them: to take away our standard streams
};

// The containers below --root and --state. Opening it scans nothing, so that a start pays for its own container only;
// `sweep` reaps what dead supervisors left. Any number of processes may do all of this at once.
class Containers {
 public:
  Containers(std::string root, std::string state);
  Containers(const Containers&) = delete;
  Containers& operator=(const Containers&) = delete;
  ~Containers();

  std::vector<Container> list();  // newest first
  std::vector<ContainerRecord> records();  // the same, with all that is known of each
  // By name, ID or unique prefix. Errc::not_found, Errc::conflict when several fit.
  Container find(const std::string& name_or_id);

  // Reserves ID and name and writes the record. Errc::conflict when the name is taken, Errc::invalid for a name Docker
  // would refuse. This object holds the container's live lock until it is claimed, run or destroyed.
  Container create(CreateRequest request);
  // Takes the container for this process to start, change or remove. Errc::conflict when it runs (another process
  // holds it), Errc::not_found.
  ContainerClaim claim(const std::string& id);

  // Starts the container and supervises it to its end in the foreground. A failure of the start throws; an exec
  // failure as Errc::command_not_found or Errc::cannot_execute. `started` is called with the pid once it runs.
  Task<RunResult> run(std::string id, Stdio stdio, std::function<void(pid_t)> started = {});
  // The same with everything a supervisor does: it is started again as its policy says, and this gives back when it
  // stays down.
  Task<RunResult> run(std::string id, RunOptions options);

  // Lets a container that this object created be, so that others may start it.
  void release(const std::string& id);
  // Asks it to stop with its stop signal (or `signal`, above 0), kills it after `timeout_s` (negative: never), and
  // gives back when its supervisor has ended. Nothing to do when it does not run. With `keep`, one of --rm stays.
  Task<void> stop(std::string id, std::optional<int> timeout_s, int signal = 0, bool keep = false);
  void tell_restarted(const Container& container);  // the event of `restart`
  // Errc::conflict when it does not run. A signal that means "stop" (runtime/stop_signal.h) keeps its restart policy
  // from bringing it back.
  Task<void> kill(std::string id, int signal);
  Task<void> pause(std::string id);    // Errc::conflict when it does not run or is paused
  Task<void> unpause(std::string id);  // Errc::conflict when it is not paused
  // Gives its exit code when it has ended, though its policy may start it again; at once where it does not run.
  Task<int> wait(std::string id);
  Task<void> rename(std::string id, std::string name);  // Errc::conflict when the name is taken
  Task<void> update(std::string id, UpdateRequest request);

  // Runs one more process in a running container.
  Task<RunResult> exec(std::string id, ExecRequest request);

  // Errc::conflict when it runs and `force` is false; with force it is killed first.
  Task<void> remove(std::string id, bool force, bool volumes = false);

  // Finds what dead supervisors left (processes, cgroups, half-made records, --rm containers) and ends it; containers
  // that somebody supervises are not touched or waited for. Fails for nothing that the next sweep can finish.
  Task<void> sweep();

  // Image IDs ("sha256:...") that containers use, each with the name of one container.
  std::map<std::string, std::string> used_images();

  const std::string& root() const { return root_; }
  const std::string& state() const { return state_; }

 private:
  Task<ContainerClaim> claim_to_start(std::string id);
  std::optional<ContainerClaim> try_claim(const std::string& id);  // nullopt: held by another process, or not there

  std::string root_, state_;
  std::map<std::string, LiveLock> created_;  // locks of what this object created and nobody claimed yet
};

}  // namespace ccocker::runtime
