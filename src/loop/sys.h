#pragma once
// One wrapper per system call: retries EINTR, throws Error::sys with the call's name and arguments, gives back an
// owner. Only calls that do not wait are here; what waits goes through the ring (loop/io.h).
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loop/error.h"
#include "loop/fd.h"

namespace ccocker::sys {

// Calls `call` until it does not fail with EINTR; gives its last result.
template <typename Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

constexpr FdView cwd() { return FdView(-100); }  // AT_FDCWD

// O_CLOEXEC is always added.
Fd openat(FdView dir, const std::string& path, int flags, mode_t mode = 0);
std::optional<Fd> open_if_exists(FdView dir, const std::string& path, int flags);  // nullopt on ENOENT
// openat2(2); `resolve` is RESOLVE_*.
Fd openat2(FdView dir, const std::string& path, uint64_t flags, uint64_t resolve, mode_t mode = 0);
Fd open_dir(FdView dir, const std::string& path);  // O_DIRECTORY | O_RDONLY
Fd dup(FdView fd);

void mkdirat(FdView dir, const std::string& path, mode_t mode);
bool mkdirat_if_missing(FdView dir, const std::string& path, mode_t mode);  // false when it was there
void mkdirs(const std::string& path, mode_t mode);                          // like mkdir -p
void unlinkat(FdView dir, const std::string& path, int flags = 0);
bool unlinkat_if_exists(FdView dir, const std::string& path, int flags = 0);  // false on ENOENT
void renameat(FdView from_dir, const std::string& from, FdView to_dir, const std::string& to);
// renameat2 with RENAME_NOREPLACE: false when the target exists.
bool rename_noreplace(FdView from_dir, const std::string& from, FdView to_dir, const std::string& to);
void symlinkat(const std::string& target, FdView dir, const std::string& path);
void linkat(FdView from_dir, const std::string& from, FdView to_dir, const std::string& to, int flags = 0);
void mknodat(FdView dir, const std::string& path, mode_t mode, dev_t device);
std::string readlinkat(FdView dir, const std::string& path);
struct stat fstatat(FdView dir, const std::string& path, int flags = 0);
std::optional<struct stat> stat_if_exists(FdView dir, const std::string& path, int flags = 0);
struct stat fstat(FdView fd);
void fchmod(FdView fd, mode_t mode);
bool give_to(FdView fd, uid_t uid, gid_t gid);  // fchown(2); false when this user may not (EPERM)
void fsync(FdView fd);
void ftruncate(FdView fd, uint64_t bytes);
bool exists(const std::string& path);

// Names in a directory without "." and "..", unsorted.
std::vector<std::string> list_dir(FdView dir);
// Removes `path` below `dir` and all it holds, however deep, without following links; absence is fine.
void remove_tree(FdView dir, const std::string& path);

// Regular files only (they never wait): whole reads and writes, offsets in bytes.
std::string read_file(FdView dir, const std::string& path);
std::optional<std::string> read_file_if_exists(FdView dir, const std::string& path);
std::string read_all(FdView fd);  // from the current offset to the end
void write_all(FdView fd, std::string_view bytes);
// Writes to a kernel file (cgroupfs, procfs, sysfs) in one write(2).
void write_kernel_file(FdView dir, const std::string& path, std::string_view value);
// Publishes a file whole: temporary name in the same directory, fsync, rename, fsync of the directory.
void write_file_atomically(FdView dir, const std::string& path, std::string_view bytes, mode_t mode = 0644);
// The same for a file that is another user's. Where it cannot be given to him it is for this user alone (0600).
struct FileRights {
  mode_t mode;  // whatever the umask
  uid_t uid;
  gid_t gid;
};
void write_file_atomically(FdView dir, const std::string& path, std::string_view bytes, const FileRights& rights);

// flock(2) without waiting: false when another process holds it.
bool try_lock(FdView fd, bool exclusive = true);

struct Pipe {
  Fd read_end, write_end;
};
Pipe pipe(int flags = 0);  // O_CLOEXEC is added

Fd pidfd_open(pid_t pid);
void pidfd_send_signal(FdView pidfd, int signal);

}  // namespace ccocker::sys
