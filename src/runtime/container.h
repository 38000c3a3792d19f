#pragma once
// Containers as the commands see them: made, listed, found, run, entered, removed.
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/lock.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

enum class Status { created, running, paused, exited };

// What ccocker knows of a container from its record on disk.
struct Container {
  std::string id;  // 64 hex digits
  std::string name;
  std::string image;                 // reference as typed
  std::string image_id;              // "sha256:..."
  std::vector<std::string> command;  // entrypoint and arguments
  std::map<std::string, std::string> labels;
  Status status = Status::created;
  int64_t created_unix_s = 0, started_unix_s = 0, finished_unix_s = 0;
  int64_t created_unix_ns = 0;  // what the order of lists goes by
  int exit_code = 0;
  bool oom_killed = false;
  bool auto_remove = false;
  pid_t pid = 0;      // on the host, 0 unless running
  std::string error;  // why the last start failed
};

struct CreateRequest {
  Spec spec;
  std::string name;  // empty: one is made up (two words, as Docker does)
  std::string image, image_id;
  std::map<std::string, std::string> labels;
  bool auto_remove = false;
  bool keep_unstarted = false;  // `create --rm`: not swept although it was never started
};

class ContainerClaim;  // runtime/record.h

// How the terminal or pipes of the caller are wired to the container.
struct Stdio {
  bool interactive = false;  // -i: forward stdin
  bool terminal = false;     // -t
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

struct ExecRequest {
  std::vector<std::string> args;
  std::vector<std::string> env;  // added to the container's
  std::string user, cwd;         // empty: the container's
  bool privileged = false;
  Stdio stdio;
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
  // By name, ID or unique prefix. Errc::not_found, Errc::conflict when several fit.
  Container find(const std::string& name_or_id);

  // Reserves ID and name and writes the record. Errc::conflict when the name is taken, Errc::invalid for a name Docker
  // would refuse. This object holds the container's live lock until it is claimed, run or destroyed.
  Container create(CreateRequest request);
  // The same; when the name is taken it sweeps and tries once more, since the holder may be what a killed `run --rm`
  // left. What commands should use.
  Task<Container> create_swept(CreateRequest request);
  // Takes the container for this process to start, change or remove. Errc::conflict when it runs (another process
  // holds it), Errc::not_found.
  ContainerClaim claim(const std::string& id);

  // Starts the container and supervises it to its end in the foreground. A failure of the start throws; an exec
  // failure as Errc::command_not_found or Errc::cannot_execute. `started` is called with the pid once it runs.
  Task<RunResult> run(std::string id, Stdio stdio, std::function<void(pid_t)> started = {});

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
  std::optional<ContainerClaim> try_claim(const std::string& id);  // nullopt: held by another process, or not there

  std::string root_, state_;
  std::map<std::string, LiveLock> created_;  // locks of what this object created and nobody claimed yet
};

}  // namespace ccocker::runtime
