#pragma once
#include <time.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "loop/fd.h"

namespace ccocker::registry {

// The times that directories get when all their entries are there. Up to `memory_bytes_max` of them wait in memory,
// the others in a nameless file, so that two million directories cost no more memory than a thousand.
class DirectoryTimes {
 public:
  static constexpr size_t memory_bytes_max = 1u << 20;

  explicit DirectoryTimes(FdView spill_dir) : spill_dir_(spill_dir) {}
  void add(std::string_view path, timespec modified);
  // In the order they were added.
  void for_each(const std::function<void(const std::string& path, timespec modified)>& visit);

 private:
  void spill();
  FdView spill_dir_;
  Fd file_;
  std::string records_;
};

}  // namespace ccocker::registry
