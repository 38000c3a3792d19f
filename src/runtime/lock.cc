#include "runtime/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

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

// The file that was locked must still be the one others find by its name: a remover may have taken it away between
// our open and our lock.
bool still_there(FdView state, const std::string& path, FdView file) {
  std::optional<struct stat> named = sys::stat_if_exists(state, path);
  struct stat ours = sys::fstat(file);
  return named && named->st_dev == ours.st_dev && named->st_ino == ours.st_ino;
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
  if (!made && errno == ENOENT)
    sys::mkdirs(path, 0700);
  else if (!made && errno != EEXIST)
    throw Error::sys("mkdir", path);
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
    if (still_there(sys::cwd(), lock_path(state, id), *file))
      return LiveLock(state, id, std::move(dir->dir), std::move(*file));
  }
}

bool LiveLock::is_held(const std::string& state, const std::string& id) {
  std::optional<Fd> file = sys::open_if_exists(sys::cwd(), lock_path(state, id), O_RDONLY);
  if (!file) return false;
  return is_locked(*file);
}

bool LiveLock::try_hold_networks() { return sys::try_lock(file_); }

void LiveLock::let_networks_change() { ::flock(file_.get(), LOCK_UN); }

void LiveLock::remove_state_dir() { remove_dir(dir_, state_ + "/containers/" + id_); }

std::optional<NetworksLock> NetworksLock::try_acquire(const std::string& state, const std::string& id) {
  for (;;) {
    std::optional<StateDir> dir = make_dir(state, id);
    if (!dir) continue;
    std::optional<Fd> file = open_lock_file(dir->dir);
    if (!file) continue;
    if (!sys::try_lock(*file)) return std::nullopt;
    if (!still_there(sys::cwd(), lock_path(state, id), *file)) continue;
    // A whole start may have come between the directory and the lock.
    bool ours = dir->made && !is_locked(*file);
    return NetworksLock(std::move(dir->path), std::move(dir->dir), std::move(*file), ours);
  }
}

NetworksLock::~NetworksLock() {
  if (!file_ || !made_) return;
  try {
    remove_dir(dir_, dir_path_);
  } catch (const Error&) {  // the next sweep takes it away
  }
}

}  // namespace ccocker::runtime
