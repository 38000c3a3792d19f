#include "runtime/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "loop/io.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds turn_wait_max{30};  // for a start, or another change, to be through

struct flock whole_file(short type) {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  return range;
}

bool try_lock(FdView file) {
  struct flock range = whole_file(F_WRLCK);
  int result = sys::retry([&] { return ::fcntl(file.get(), F_OFD_SETLK, &range); });
  if (result < 0 && (errno == EAGAIN || errno == EACCES)) return false;
  if (result < 0) throw Error::sys("fcntl F_OFD_SETLK");
  return true;
}

// By another open file description.
bool is_locked(FdView file) {
  struct flock range = whole_file(F_WRLCK);
  if (::fcntl(file.get(), F_OFD_GETLK, &range) < 0) throw Error::sys("fcntl F_OFD_GETLK");
  return range.l_type != F_UNLCK;
}

std::string lock_path(const std::string& state, const std::string& id) { return state + "/containers/" + id + "/lock"; }

// nullopt when a remover took the directory away meanwhile.
std::optional<Fd> open_lock_file(FdView dir) {
  int fd = sys::retry([&] { return ::openat(dir.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); });
  if (fd < 0 && errno == ENOENT) return std::nullopt;
  if (fd < 0) throw Error::sys("openat", "lock");
  return Fd(fd);
}

// With all in it, the lock's file last.
void remove_dir(FdView dir, const std::string& path) {
  for (const std::string& name : sys::list_dir(dir))
    if (name != "lock") sys::remove_tree(dir, name);
  sys::unlinkat_if_exists(dir, "lock");
  // Whoever opened the directory before the file went may have made a new one: then it is theirs to remove.
  if (::rmdir(path.c_str()) < 0 && errno != ENOENT && errno != ENOTEMPTY) throw Error::sys("rmdir", path);
}

struct StateDir {
  std::string path;
  Fd dir;
  bool made = false;
};

// nullopt when a remover took it away meanwhile.
std::optional<StateDir> make_dir(const std::string& state, const std::string& id) {
  std::string path = state + "/containers/" + id;
  bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno == ENOENT) {
    sys::mkdirs(state + "/containers", 0700);
    made = ::mkdir(path.c_str(), 0700) == 0;
  }
  if (!made && errno != EEXIST) throw Error::sys("mkdir", path);
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), path, O_RDONLY | O_DIRECTORY);
  if (!dir) return std::nullopt;
  return StateDir{std::move(path), std::move(*dir), made};
}

}  // namespace

std::optional<LiveLock> LiveLock::try_acquire(const std::string& state, const std::string& id) {
  for (;;) {
    std::optional<StateDir> dir = make_dir(state, id);
    if (!dir) continue;
    std::optional<Fd> file = open_lock_file(dir->dir);
    if (!file) continue;
    if (!try_lock(*file) || !sys::try_lock(*file)) return std::nullopt;
    if (still_there(lock_path(state, id), *file))
      return LiveLock(state, id, std::move(dir->dir), std::move(*file), !dir->made);
  }
}

bool LiveLock::is_held(const std::string& state, const std::string& id) {
  std::optional<Fd> file = sys::open_if_exists(sys::cwd(), lock_path(state, id), O_RDONLY);
  if (!file) return false;
  return is_locked(*file);
}

bool LiveLock::try_hold_changes() { return sys::try_lock(file_); }

void LiveLock::let_changes() { ::flock(file_.get(), LOCK_UN); }

void LiveLock::remove_state_dir() { remove_dir(dir_, state_ + "/containers/" + id_); }

std::optional<ChangesLock> ChangesLock::try_acquire(const std::string& state, const std::string& id) {
  for (;;) {
    std::optional<StateDir> dir = make_dir(state, id);
    if (!dir) continue;
    std::optional<Fd> file = open_lock_file(dir->dir);
    if (!file) continue;
    if (!sys::try_lock(*file)) return std::nullopt;
    if (!still_there(lock_path(state, id), *file)) continue;
    // A whole start may have come between the directory and the lock.
    bool ours = dir->made && !is_locked(*file);
    return ChangesLock(std::move(dir->path), std::move(dir->dir), std::move(*file), ours);
  }
}

ChangesLock::~ChangesLock() {
  if (!file_ || !made_) return;
  try {
    remove_dir(dir_, dir_path_);
  } catch (const Error&) {  // the next sweep takes it away
  }
}

Task<ChangesLock> hold_changes(std::string state, std::string id) {
  auto begin = std::chrono::steady_clock::now();
  for (auto pause = 1ms;; pause = std::min(2 * pause, 20ms)) {
    std::optional<ChangesLock> lock = ChangesLock::try_acquire(state, id);
    if (lock) co_return std::move(*lock);
    if (std::chrono::steady_clock::now() - begin > turn_wait_max)
      throw Error(Errc::timed_out, fmt::format("container {} is being started or changed by another ccocker for {} "
                                               "seconds; try again",
                                               id.substr(0, 12), turn_wait_max.count()));
    co_await io::sleep(pause);
  }
}

bool still_there(const std::string& path, FdView file) {
  std::optional<struct stat> named = sys::stat_if_exists(sys::cwd(), path);
  struct stat ours = sys::fstat(file);
  return named && named->st_dev == ours.st_dev && named->st_ino == ours.st_ino;
}

}  // namespace ccocker::runtime
