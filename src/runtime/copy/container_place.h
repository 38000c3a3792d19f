#pragma once
#include <optional>
#include <string>

#include "loop/fd.h"
#include "runtime/container.h"
#include "runtime/copy/tree_source.h"
#include "runtime/record.h"

namespace ccocker::runtime {

// A container's root to copy from and into, with its volumes. Of a running one it is what its processes see. Of
// another one it is mounted in a mount namespace of this process alone, which ends with it, and the container is held
// meanwhile so that nobody starts it. Waits while somebody else does that: several copies take turns.
class ContainerPlace {
 public:
  ContainerPlace(Containers& containers, const std::string& name_or_id);
  ContainerPlace(const ContainerPlace&) = delete;
  ContainerPlace& operator=(const ContainerPlace&) = delete;
  ~ContainerPlace();

  FdView root() const { return root_; }
  const std::string& name() const { return name_; }
  bool is_read_only() const { return read_only_; }  // its root, not its volumes
  const SkippedDirectories& kernel_directories() const { return kernel_directories_; }

 private:
  bool open(Containers& containers, const std::string& name_or_id);
  void open_running(Containers& containers, const Container& container);
  bool claim(Containers& containers, const Container& container);
  void mount_stopped(const std::string& dir);
  void find_kernel_directories();

  std::string name_;
  Fd root_;
  bool read_only_ = false;
  std::optional<ContainerClaim> claim_;
  SkippedDirectories kernel_directories_;
};

}  // namespace ccocker::runtime
