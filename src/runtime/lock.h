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
//
// With it comes the container's NetworksLock, until its holder lets networks change.
class LiveLock {
 public:
  // Takes both locks, making directory and file when missing; nullopt when another process holds one of them.
  static std::optional<LiveLock> try_acquire(const std::string& state, const std::string& id);
  // Whether somebody (another open file description) holds it.
  static bool is_held(const std::string& state, const std::string& id);

  // Removes STATE/containers/ID with all in it, the lock file last; the lock itself ends with the object.
  void remove_state_dir();

  bool try_hold_networks();  // false while another process changes them
  void let_networks_change();

  const std::string& id() const { return id_; }
  const std::string& state() const { return state_; }
  FdView dir() const { return dir_; }  // STATE/containers/ID

 private:
  LiveLock(std::string state, std::string id, Fd dir, Fd file)
      : state_(std::move(state)), id_(std::move(id)), dir_(std::move(dir)), file_(std::move(file)) {}
  std::string state_, id_;
  Fd dir_, file_;
};

// Whose turn it is to change what belongs to a container's networks (its record's list of them, its name, leases,
// links, where its ports lead): a flock(2) on the same file. A supervisor holds it while it starts or ends the
// container, so whoever has it finds a container that runs, or one whose next start reads what was changed.
class NetworksLock {
 public:
  // nullopt when another process holds it.
  static std::optional<NetworksLock> try_acquire(const std::string& state, const std::string& id);
  NetworksLock(NetworksLock&&) = default;
  NetworksLock& operator=(NetworksLock&&) = delete;
  ~NetworksLock();

 private:
  NetworksLock(std::string dir_path, Fd dir, Fd file, bool made)
      : dir_path_(std::move(dir_path)), dir_(std::move(dir)), file_(std::move(file)), made_(made) {}
  std::string dir_path_;
  Fd dir_, file_;
  bool made_;  // nobody supervises the container: its directory goes with the lock
};

}  // namespace ccocker::runtime
