#pragma once
#include <cstdint>
#include <string>

#include "loop/fd.h"

namespace ccocker::registry {

constexpr uint64_t disk_reserve_bytes = 64ull << 20;  // what we leave to others on the disk

// Looks now and then at what is left on a file system that something is written to.
class FreeSpaceWatch {
 public:
  // Errc::system with ENOSPC and the cure when less than the reserve is left on the file system of `file`.
  // `written_bytes` is how much was written so far; `what` is being done.
  void check(FdView file, uint64_t written_bytes, const std::string& what);

 private:
  uint64_t next_check_bytes_ = 0;
};

}  // namespace ccocker::registry
