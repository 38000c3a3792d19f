#pragma once
#include <optional>
#include <string>

#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::runtime {

// A container's life as a lock on STATE/containers/ID/lock, held by its supervisor (or by whoever creates, removes or
// sweeps it). It is an open-file-description lock (fcntl(2), F_OFD_SETLK): the kernel drops it when the last copy of
// the descriptor is gone, so "is it alive" never depends on a pid, a detached supervisor inherits it over fork, and
// others can ask whether it is held without taking it. The descriptor closes on exec: a child must not outlive its
// supervisor before exec (PR_SET_PDEATHSIG), and one that never execs must close what it inherited.
//
// With it comes the container's ChangesLock, until its holder lets others change the container.
class LiveLock {
 public:
  // Takes both locks, making directory and file when missing; nullopt when another process holds one of them.
  static std::optional<LiveLock> try_acquire(const std::string& state, const std::string& id);
  // Whether somebody (another open file description) holds it.
  static bool is_held(const std::string& state, const std::string& id);

  // Removes STATE/containers/ID with all in it, the lock file last; the lock itself ends with the object.
  void remove_state_dir();

  bool try_hold_changes();  // false while another process changes the container
  void let_changes();
  // Whether the directory was there before: then a holder that died may have left more than that.
  bool was_left() const { return was_left_; }

  const std::string& id() const { return id_; }
  const std::string& state() const { return state_; }
  FdView dir() const { return dir_; }  // STATE/containers/ID

 private:
  LiveLock(std::string state, std::string id, Fd dir, Fd file, bool was_left)
      : state_(std::move(state)),
        id_(std::move(id)),
        dir_(std::move(dir)),
        file_(std::move(file)),
        was_left_(was_left) {}
  std::string state_, id_;
  Fd dir_, file_;
  bool was_left_;
};

// Whose turn it is to change a container that is there (its record: name, limits, policies, networks; and what follows
// from it: control groups, leases, links, where its ports lead): a flock(2) on the same file. A supervisor holds it
// while it starts or ends the container, so whoever has it finds a container that runs, or one whose next start reads
// what was changed.
class ChangesLock {
 public:
  // nullopt when another process holds it.
  static std::optional<ChangesLock> try_acquire(const std::string& state, const std::string& id);
  ChangesLock(ChangesLock&&) = default;
  ChangesLock& operator=(ChangesLock&&) = delete;
  ~ChangesLock();

 private:
  ChangesLock(std::string dir_path, Fd dir, Fd file, bool made)
      : dir_path_(std::move(dir_path)), dir_(std::move(dir)), file_(std::move(file)), made_(made) {}
  std::string dir_path_;
  Fd dir_, file_;
  bool made_;  // nobody supervises the container: its directory goes with the lock
};

// Waits for its turn to change container `id`. Errc::timed_out.
Task<ChangesLock> hold_changes(std::string state, std::string id);

// Whether a file that was opened and then locked is still the one that others find by its name: a remover may have
// taken it away between the two.
bool still_there(const std::string& path, FdView file);

}  // namespace ccocker::runtime
