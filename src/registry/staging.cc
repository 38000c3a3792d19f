#include "registry/staging.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::registry {
namespace {

constexpr mode_t private_mode = 0700;

std::string staging_path(const std::string& name) { return "staging/" + name; }

void empty_directory(FdView dir) {
  for (const std::string& name : sys::list_dir(dir)) sys::remove_tree(dir, name);
}

void sweep_entry(FdView root, const std::string& path) {
  std::optional<Fd> entry = sys::open_if_exists(root, path, O_RDONLY | O_NOFOLLOW);
  if (!entry || !sys::try_lock(*entry)) return;
  // It may have been published, and made anew by somebody, between the open and the lock.
  if (!is_still_at(*entry, root, path)) return;
  try {
    sys::remove_tree(root, path);
  } catch (const Error&) {  // it hinders nobody, and the next sweep tries again
  }
}

std::string unique_name() {
  static unsigned count = 0;
  return fmt::format("removed-{}-{}", ::getpid(), count++);
}

}  // namespace

bool is_still_at(FdView dir, FdView root, const std::string& path) {
  struct stat ours = sys::fstat(dir);
  std::optional<struct stat> there = sys::stat_if_exists(root, path, AT_SYMLINK_NOFOLLOW);
  return there && there->st_ino == ours.st_ino && there->st_dev == ours.st_dev;
}

std::optional<StagingEntry> StagingEntry::try_claim(FdView root, const std::string& name) {
  std::string path = staging_path(name);
  for (;;) {
    sys::mkdirat_if_missing(root, path, private_mode);
    std::optional<Fd> dir = sys::open_if_exists(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!dir) continue;  // swept right now
    if (!sys::try_lock(*dir)) return std::nullopt;
    if (!is_still_at(*dir, root, path)) continue;
    StagingEntry entry(root, std::move(path), std::move(*dir));
    empty_directory(entry.dir());
    return entry;
  }
}

StagingEntry StagingEntry::claim(FdView root, const std::string& name) {
  constexpr timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
  for (;;) {
    std::optional<StagingEntry> entry = try_claim(root, name);
    if (entry) return std::move(*entry);
    ::nanosleep(&pause, nullptr);
  }
}

StagingEntry StagingEntry::take(FdView root, const std::string& path, Fd locked) {
  StagingEntry entry(root, staging_path(unique_name()), std::move(locked));
  sys::renameat(root, path, root, entry.path_);
  return entry;
}

StagingEntry::~StagingEntry() {
  if (!dir_) return;
  try {
    sys::remove_tree(root_, path_);
  } catch (const Error&) {  // the next sweep tries again
  }
}

Fd StagingEntry::publish(const std::string& target) {
  if (!sys::rename_noreplace(root_, path_, root_, target)) throw Error(Errc::conflict, target + " exists already");
  return std::move(dir_);
}

void StagingEntry::remove() {
  sys::remove_tree(root_, path_);
  dir_.reset();
}

Fd nameless_file(FdView root) {
  static unsigned count = 0;
  StagingEntry entry = StagingEntry::claim(root, fmt::format("spool-{}-{}", ::getpid(), count++));
  return sys::openat(entry.dir(), "file", O_RDWR | O_CREAT | O_EXCL, 0600);
}

void sweep_staging(FdView root) {
  std::optional<Fd> staging = sys::open_if_exists(root, "staging", O_RDONLY | O_DIRECTORY);
  if (!staging) return;
  for (const std::string& name : sys::list_dir(*staging)) sweep_entry(root, staging_path(name));
}

std::optional<Fd> try_lock_for_discard(FdView root, const std::string& path) {
  std::optional<Fd> dir = sys::open_if_exists(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!dir) return Fd();
  if (!sys::try_lock(*dir)) return std::nullopt;
  return is_still_at(*dir, root, path) ? std::move(*dir) : Fd();
}

}  // namespace ccocker::registry
