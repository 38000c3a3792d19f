#include "runtime/lock.h"

#include <fcntl.h>
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

std::optional<Fd> make_dir(const std::string& state, const std::string& id) {
  std::string path = state + "/containers/" + id;
  if (::mkdir(path.c_str(), 0700) < 0) {
    if (errno == ENOENT)
      sys::mkdirs(path, 0700);
    else if (errno != EEXIST)
      throw Error::sys("mkdir", path);
  }
  return sys::open_if_exists(sys::cwd(), path, O_RDONLY | O_DIRECTORY);
}

}  // namespace

std::optional<LiveLock> LiveLock::try_acquire(const std::string& state, const std::string& id) {
  for (;;) {
    std::optional<Fd> dir = make_dir(state, id);
    if (!dir) continue;
    std::optional<Fd> file = open_lock_file(*dir);
    if (!file) continue;
    if (!try_lock(*file)) return std::nullopt;
    if (still_there(sys::cwd(), lock_path(state, id), *file))
      return LiveLock(state, id, std::move(*dir), std::move(*file));
  }
}

bool LiveLock::is_held(const std::string& state, const std::string& id) {
  std::optional<Fd> file = sys::open_if_exists(sys::cwd(), lock_path(state, id), O_RDONLY);
  if (!file) return false;
  struct flock range = whole_file(F_WRLCK);
  if (::fcntl(file->get(), F_OFD_GETLK, &range) < 0) throw Error::sys("fcntl F_OFD_GETLK", lock_path(state, id));
  return range.l_type != F_UNLCK;
}

void LiveLock::remove_state_dir() {
  for (const std::string& name : sys::list_dir(dir_))
    if (name != "lock") sys::remove_tree(dir_, name);
  sys::unlinkat_if_exists(dir_, "lock");
  std::string path = state_ + "/containers/" + id_;
  // Whoever opened the directory before the file went may have made a new one: then it is theirs to remove.
  if (::rmdir(path.c_str()) < 0 && errno != ENOENT && errno != ENOTEMPTY) throw Error::sys("rmdir", path);
}

}  // namespace ccocker::runtime
