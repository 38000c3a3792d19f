#pragma once
#include <optional>
#include <string>

#include "loop/fd.h"

namespace ccocker::runtime {

// A container's life as a lock on STATE/containers/ID/lock, held by its supervisor (or by whoever creates, removes or
// sweeps it). It is an open-file-description lock (fcntl(2), F_OFD_SETLK): the kernel drops it when the last copy of
// the descriptor is gone, so "is it alive" never depends on a pid, a detached supervisor inherits it over fork, and
// others can ask whether it is held without taking it. The descriptor closes on exec: a child must not outlive its
// supervisor before exec (PR_SET_PDEATHSIG), and one that never execs must close what it inherited.
class LiveLock {
 public:
  // Takes the lock, making directory and file when missing; nullopt when another process holds it.
  static std::optional<LiveLock> try_acquire(const std::string& state, const std::string& id);
  // Whether somebody (another open file description) holds it.
  static bool is_held(const std::string& state, const std::string& id);

  // Removes STATE/containers/ID with all in it, the lock file last; the lock itself ends with the object.
  void remove_state_dir();

  const std::string& id() const { return id_; }
  const std::string& state() const { return state_; }
  FdView dir() const { return dir_; }  // STATE/containers/ID

 private:
  LiveLock(std::string state, std::string id, Fd dir, Fd file)
      : state_(std::move(state)), id_(std::move(id)), dir_(std::move(dir)), file_(std::move(file)) {}
  std::string state_, id_;
  Fd dir_, file_;
};

}  // namespace ccocker::runtime
