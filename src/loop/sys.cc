#include "loop/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>

namespace ccocker::sys {
namespace {

[[noreturn]] void fail(std::string_view call, std::string_view arguments) { throw Error::sys(call, arguments, errno); }

void check(int result, std::string_view call, std::string_view arguments) {
  if (result < 0) fail(call, arguments);
}

std::string unique_suffix() {
  static unsigned counter = 0;
  return fmt::format(".tmp-{}-{}", ::getpid(), counter++);
}

}  // namespace

Fd openat(FdView dir, const std::string& path, int flags, mode_t mode) {
  int fd = retry([&] { return ::openat(dir.get(), path.c_str(), flags | O_CLOEXEC, mode); });
  check(fd, "openat", path);
  return Fd(fd);
}

std::optional<Fd> open_if_exists(FdView dir, const std::string& path, int flags) {
  int fd = retry([&] { return ::openat(dir.get(), path.c_str(), flags | O_CLOEXEC, 0); });
  if (fd < 0 && errno == ENOENT) return std::nullopt;
  check(fd, "openat", path);
  return Fd(fd);
}

Fd openat2(FdView dir, const std::string& path, uint64_t flags, uint64_t resolve, mode_t mode) {
  open_how how{.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
  long fd = retry([&] { return ::syscall(SYS_openat2, dir.get(), path.c_str(), &how, sizeof how); });
  check(static_cast<int>(fd), "openat2", path);
  return Fd(static_cast<int>(fd));
}

Fd open_dir(FdView dir, const std::string& path) { return openat(dir, path, O_RDONLY | O_DIRECTORY); }

Fd dup(FdView fd) {
  int copy = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
  check(copy, "fcntl F_DUPFD_CLOEXEC", {});
  return Fd(copy);
}

void mkdirat(FdView dir, const std::string& path, mode_t mode) {
  check(::mkdirat(dir.get(), path.c_str(), mode), "mkdirat", path);
}

bool mkdirat_if_missing(FdView dir, const std::string& path, mode_t mode) {
  int result = ::mkdirat(dir.get(), path.c_str(), mode);
  if (result < 0 && errno == EEXIST) return false;
  check(result, "mkdirat", path);
  return true;
}

void mkdirs(const std::string& path, mode_t mode) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    mkdirat_if_missing(cwd(), path.substr(0, end), mode);
  mkdirat_if_missing(cwd(), path, mode);
}

void unlinkat(FdView dir, const std::string& path, int flags) {
  check(::unlinkat(dir.get(), path.c_str(), flags), "unlinkat", path);
}

bool unlinkat_if_exists(FdView dir, const std::string& path, int flags) {
  int result = ::unlinkat(dir.get(), path.c_str(), flags);
  if (result < 0 && errno == ENOENT) return false;
  check(result, "unlinkat", path);
  return true;
}

void renameat(FdView from_dir, const std::string& from, FdView to_dir, const std::string& to) {
  check(::renameat(from_dir.get(), from.c_str(), to_dir.get(), to.c_str()), "renameat", from + " to " + to);
}

bool rename_noreplace(FdView from_dir, const std::string& from, FdView to_dir, const std::string& to) {
  int result = ::renameat2(from_dir.get(), from.c_str(), to_dir.get(), to.c_str(), RENAME_NOREPLACE);
  if (result < 0 && errno == EEXIST) return false;
  check(result, "renameat2", from + " to " + to);
  return true;
}

void symlinkat(const std::string& target, FdView dir, const std::string& path) {
  check(::symlinkat(target.c_str(), dir.get(), path.c_str()), "symlinkat", path);
}

void linkat(FdView from_dir, const std::string& from, FdView to_dir, const std::string& to, int flags) {
  check(::linkat(from_dir.get(), from.c_str(), to_dir.get(), to.c_str(), flags), "linkat", from + " to " + to);
}

void mknodat(FdView dir, const std::string& path, mode_t mode, dev_t device) {
  check(::mknodat(dir.get(), path.c_str(), mode, device), "mknodat", path);
}

std::string readlinkat(FdView dir, const std::string& path) {
  std::string target(256, '\0');
  for (;;) {
    ssize_t length = ::readlinkat(dir.get(), path.c_str(), target.data(), target.size());
    if (length < 0) fail("readlinkat", path);
    if (static_cast<size_t>(length) < target.size()) {
      target.resize(static_cast<size_t>(length));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

struct stat fstatat(FdView dir, const std::string& path, int flags) {
  struct stat status;
  check(::fstatat(dir.get(), path.c_str(), &status, flags), "fstatat", path);
  return status;
}

std::optional<struct stat> stat_if_exists(FdView dir, const std::string& path, int flags) {
  struct stat status;
  int result = ::fstatat(dir.get(), path.c_str(), &status, flags);
  if (result < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  check(result, "fstatat", path);
  return status;
}

struct stat fstat(FdView fd) {
  struct stat status;
  check(::fstat(fd.get(), &status), "fstat", {});
  return status;
}

void fchmod(FdView fd, mode_t mode) { check(::fchmod(fd.get(), mode), "fchmod", {}); }

bool give_to(FdView fd, uid_t uid, gid_t gid) {
  int result = ::fchown(fd.get(), uid, gid);
  if (result < 0 && errno == EPERM) return false;
  check(result, "fchown", {});
  return true;
}

void fsync(FdView fd) { check(::fsync(fd.get()), "fsync", {}); }
void ftruncate(FdView fd, uint64_t bytes) { check(::ftruncate(fd.get(), static_cast<off_t>(bytes)), "ftruncate", {}); }
bool exists(const std::string& path) { return ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

std::vector<std::string> list_dir(FdView dir) {
  Fd copy = openat(dir, ".", O_RDONLY | O_DIRECTORY);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy.get()), ::closedir);
  if (!stream) fail("fdopendir", {});
  copy.release();
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    dirent* entry = ::readdir(stream.get());
    if (!entry && errno) fail("readdir", {});
    if (!entry) return names;
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

std::string read_all(FdView fd) {
  std::string bytes;
  struct stat status = fstat(fd);
  size_t step = status.st_size > 0 ? static_cast<size_t>(status.st_size) + 1 : 4096;
  for (;;) {
    size_t used = bytes.size();
    bytes.resize(used + step);
    ssize_t count = retry([&] { return ::read(fd.get(), bytes.data() + used, step); });
    if (count < 0) fail("read", {});
    bytes.resize(used + static_cast<size_t>(count));
    if (count == 0) return bytes;
  }
}

std::string read_file(FdView dir, const std::string& path) { return read_all(openat(dir, path, O_RDONLY)); }

std::optional<std::string> read_file_if_exists(FdView dir, const std::string& path) {
  std::optional<Fd> fd = open_if_exists(dir, path, O_RDONLY);
  if (!fd) return std::nullopt;
  return read_all(*fd);
}

void write_all(FdView fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = retry([&] { return ::write(fd.get(), bytes.data(), bytes.size()); });
    if (count < 0) fail("write", {});
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void write_kernel_file(FdView dir, const std::string& path, std::string_view value) {
  Fd fd = openat(dir, path, O_WRONLY);
  ssize_t count = retry([&] { return ::write(fd.get(), value.data(), value.size()); });
  if (count < 0) fail(fmt::format("write \"{}\" to", value), path);
}

namespace {

void publish(FdView dir, const std::string& path, std::string_view bytes, mode_t mode, const FileRights* rights) {
  std::string temporary = path + unique_suffix();
  Fd fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
  try {
    if (rights) fchmod(fd, give_to(fd, rights->uid, rights->gid) ? rights->mode : mode);
    write_all(fd, bytes);
    fsync(fd);
    renameat(dir, temporary, dir, path);
  } catch (Error& error) {
    ::unlinkat(dir.get(), temporary.c_str(), 0);
    throw std::move(error).in("writing " + path);
  }
  size_t slash = path.rfind('/');
  fsync(open_dir(dir, slash == std::string::npos ? "." : path.substr(0, slash + 1)));
}

}  // namespace

void write_file_atomically(FdView dir, const std::string& path, std::string_view bytes, mode_t mode) {
  publish(dir, path, bytes, mode, nullptr);
}

void write_file_atomically(FdView dir, const std::string& path, std::string_view bytes, const FileRights& rights) {
  publish(dir, path, bytes, 0600, &rights);
}

bool try_lock(FdView fd, bool exclusive) {
  int result = retry([&] { return ::flock(fd.get(), (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB); });
  if (result < 0 && errno == EWOULDBLOCK) return false;
  check(result, "flock", {});
  return true;
}

Pipe pipe(int flags) {
  int ends[2];
  check(::pipe2(ends, flags | O_CLOEXEC), "pipe2", {});
  return {Fd(ends[0]), Fd(ends[1])};
}

Fd pidfd_open(pid_t pid) {
  long fd = ::syscall(SYS_pidfd_open, pid, 0);
  check(static_cast<int>(fd), "pidfd_open", std::to_string(pid));
  return Fd(static_cast<int>(fd));
}

void pidfd_send_signal(FdView pidfd, int signal) {
  check(static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0)), "pidfd_send_signal",
        std::to_string(signal));
}

}  // namespace ccocker::sys
