#pragma once
// The parent's side of the mount API: detached mounts, which no path on the host reaches and which end with their
// descriptor, so that nothing is left when we are killed.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "loop/fd.h"

namespace ccocker::runtime {

// A superblock being configured (fsopen(2)).
class FilesystemContext {
 public:
  explicit FilesystemContext(std::string type);  // Errc::unsupported when the kernel does not know it

  // False on failure, errno is set; the kernel's own words are in `messages`.
  bool set(const std::string& key, const std::string& value);
  bool set_flag(const std::string& key);
  bool create();
  Fd mount(uint64_t attributes);  // the detached mount
  // What the kernel has logged about this context, without its level letters; empty when it said nothing.
  std::string messages() const;

 private:
  std::string type_;
  Fd context_;
};

// A detached copy of the mount at `path` below `dir`, with what is mounted below it when `recursive`.
Fd clone_mount(FdView dir, const std::string& path, bool recursive);

// MOUNT_ATTR_* to set on a detached mount, and its propagation (MS_PRIVATE..., 0 keeps it).
void set_mount_attributes(FdView tree, uint64_t attributes, uint64_t propagation, bool recursive);

}  // namespace ccocker::runtime
