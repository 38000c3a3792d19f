#pragma once
// What `cp` carries from one place to another: entries of a tree, from a directory or a tar, into a directory or a tar.
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ccocker::runtime {

struct CopyEntry {
  std::string path;  // relative, clean; empty is the top itself
  mode_t mode = 0;   // type and permissions
  uid_t uid = 0;
  gid_t gid = 0;
  uint64_t size_bytes = 0;  // of a regular file
  dev_t device = 0;
  timespec modified{};
  std::string link_target;  // of a symbolic link
  std::string hard_link;    // path of an earlier entry that this is another name of; empty when it is not
  std::vector<std::pair<std::string, std::string>> xattrs;
};

class EntrySink {
 public:
  virtual ~EntrySink() = default;
  // Directories come before what is in them.
  virtual void begin(const CopyEntry& entry) = 0;
  virtual void write(uint64_t offset, std::span<const std::byte> bytes) = 0;  // of a regular file; gaps are zeros
  virtual void end() = 0;
  virtual void finish() = 0;  // after the last entry
};

}  // namespace ccocker::runtime
