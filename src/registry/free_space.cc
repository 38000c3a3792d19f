#include "registry/free_space.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>

#include "loop/error.h"

namespace ccocker::registry {
namespace {

// What is written between two looks fits into the reserve.
constexpr uint64_t check_step_bytes = disk_reserve_bytes;

}  // namespace

void FreeSpaceWatch::check(FdView file, uint64_t written_bytes, const std::string& what) {
  if (written_bytes < next_check_bytes_) return;
  next_check_bytes_ = written_bytes + check_step_bytes;
  struct statvfs space;
  if (::fstatvfs(file.get(), &space) < 0) throw Error::sys("fstatvfs");
  uint64_t free_bytes = uint64_t{space.f_bavail} * space.f_frsize;
  if (free_bytes >= disk_reserve_bytes) return;
  throw Error::sys(what, {}, ENOSPC)
      .advise(fmt::format("{} MiB are left on the file system of the root: free some, or pass another --root",
                          free_bytes >> 20));
}

}  // namespace ccocker::registry
