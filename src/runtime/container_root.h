#pragma once
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

// Keeps a running container's processes still as long as it lives, unless they are already.
class Pause {
 public:
  explicit Pause(const ContainerRecord& record);
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause();

 private:
  std::string parent_, id_;
  bool paused_ = false;
};

}  // namespace ccocker::runtime
