#pragma once
#include <optional>
#include <string>

#include "loop/fd.h"
#include "runtime/record.h"

namespace ccocker::runtime {

// The files of a container, running or not, without what is mounted into it (volumes, /proc): for export and commit.
struct ContainerRoot {
  Fd merged;  // the whole root, a detached read-only mount
  Fd upper;   // what the container has changed over its image: an overlay's upper directory
};
ContainerRoot open_container_root(const std::string& root, const ContainerRecord& record);

// Keeps a running container's processes still as long as it lives, unless `pause` did already. Several take turns.
// While it does, it holds a lock on STATE/containers/ID/still: when the file is there and nobody holds it, whoever
// froze the container was killed.
class Pause {
 public:
  Pause(const std::string& state, const ContainerRecord& record);
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause();

 private:
  std::string parent_, id_, path_;
  std::optional<Fd> mark_;  // while it is frozen by us
};

// Lets go on what a Pause left frozen whose process was killed; false when there was nothing of that kind.
bool thaw_left(const std::string& state, const ContainerRecord& record);

}  // namespace ccocker::runtime
