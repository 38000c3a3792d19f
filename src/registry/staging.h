#pragma once
#include <optional>
#include <string>

#include "loop/fd.h"

namespace ccocker::registry {

// A directory below ROOT/staging in which something is made, locked (flock) as long as this lives, so that another
// process can tell it from what a killed one left. Destroyed unpublished, it is removed with all it holds.
class StagingEntry {
 public:
  // Makes staging/NAME, empty, mode 0700. Nullopt while another process or task works on the same name.
  static std::optional<StagingEntry> try_claim(FdView root, const std::string& name);

  // The same, for names that only a sweep can hold for a moment: waits for it.
  static StagingEntry claim(FdView root, const std::string& name);

  // Takes what is at `path` (relative to the root) out of its place with one rename, to be removed in peace: a kill in
  // between leaves it to the next sweep. `locked` is from try_lock_for_discard, and not empty.
  static StagingEntry take(FdView root, const std::string& path, Fd locked);

  StagingEntry(StagingEntry&&) noexcept = default;
  StagingEntry& operator=(StagingEntry&&) = delete;
  ~StagingEntry();

  FdView dir() const { return dir_; }
  // Moves it to `target` (relative to the root) with one rename; gives the locked directory. Errc::conflict when the
  // target exists.
  Fd publish(const std::string& target);
  // Removes it with all it holds, and throws where the destructor would keep silent.
  void remove();

 private:
  StagingEntry(FdView root, std::string path, Fd dir) : root_(root), path_(std::move(path)), dir_(std::move(dir)) {}
  FdView root_;
  std::string path_;  // relative to root_
  Fd dir_;
};

// A file below staging/ that has no name: it is gone with its last descriptor, whatever happens.
Fd nameless_file(FdView root);

// Removes what killed processes left in staging/.
void sweep_staging(FdView root);

// Locks the directory `path` (relative to the root) for who wants to discard it: whoever counts on it holds a shared
// lock. Nullopt while somebody does; an empty Fd when it is not there.
std::optional<Fd> try_lock_for_discard(FdView root, const std::string& path);
// True when `dir` is still what `path` names.
bool is_still_at(FdView dir, FdView root, const std::string& path);

}  // namespace ccocker::registry
