#pragma once
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// A volume or tmpfs as a detached mount, ready to be attached at `destination`.
struct OpenedMount {
  Fd tree;
  std::string destination;  // absolute and clean
  bool directory;
  bool takes_mode = false;  // a tmpfs without mode=: whoever attaches it gives it the mode of the directory it covers
  bool read_only = false;   // with takes_mode: is made read-only after that
};

// Opens what `mount` names, outside. Errc::not_found for a bind source that is not there, Errc::invalid for a bad
// destination, propagation or tmpfs option.
OpenedMount open_mount(const Mount& mount);

// Opens all, parents first.
std::vector<OpenedMount> open_mounts(const std::vector<Mount>& mounts);

// Parents before what is mounted below them, as Docker: by depth, otherwise as given.
void put_parents_first(std::vector<OpenedMount>& mounts);

// "/a/./b//../c" as "/a/c", by the letters alone. Errc::invalid when it is not absolute.
std::string clean_path(const std::string& path);

}  // namespace ccocker::runtime
