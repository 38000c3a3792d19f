#include "runtime/child_paths.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "runtime/child_report.h"

namespace ccocker::runtime::child {
namespace {

constexpr int links_followed_max = 40;  // as the kernel (MAXSYMLINKS)

long open_in_root(int root, const char* path, uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  long fd;
  // EAGAIN: something in the tree was renamed while the kernel checked that we stay inside (openat2(2)).
  do fd = raw::call<SYS_openat2>(root, path, &how, sizeof how);
  while (fd == -EAGAIN || fd == -EINTR);
  return fd;
}

// A path being walked: `text` up to `end` is there and open as `dir`.
struct Walk {
  char text[PATH_MAX];
  size_t end = 0;
  int dir = -1;

  bool assign(const char* path) {
    size_t length = std::strlen(path);
    if (length >= sizeof text) return false;
    std::memcpy(text, path, length + 1);
    return true;
  }
  // The start and end of the component behind `end`; false when there is none.
  bool next(size_t& start, size_t& stop) const {
    start = end;
    while (text[start] == '/') ++start;
    stop = start;
    while (text[stop] && text[stop] != '/') ++stop;
    return stop > start;
  }
  bool is_last(size_t stop) const {
    while (text[stop] == '/') ++stop;
    return text[stop] == '\0';
  }
};

long make_entry(int dir, const char* name, Missing missing) {
  if (missing == Missing::make_directory) return raw::call<SYS_mkdirat>(dir, name, 0755);
  return raw::call<SYS_mknodat>(dir, name, S_IFREG | 0644, 0);
}

// Puts the target of the dangling link that ends at `stop` in the place of the link: "a/link/rest" is "a/target/rest".
// `saved` is the byte at `stop`, where a NUL ends the link's name for now.
long replace_link(Walk& walk, size_t start, size_t stop, char saved) {
  char target[PATH_MAX];
  long length = raw::call<SYS_readlinkat>(walk.dir, walk.text + start, target, sizeof target - 1);
  if (length < 0) return length;
  walk.text[stop] = saved;
  size_t kept = target[0] == '/' ? 0 : start;
  size_t rest = std::strlen(walk.text + stop);
  size_t target_bytes = static_cast<size_t>(length);
  if (kept + target_bytes + rest >= sizeof walk.text) return -ENAMETOOLONG;
  std::memmove(walk.text + kept + target_bytes, walk.text + stop, rest + 1);
  std::memcpy(walk.text + kept, target, target_bytes);
  return 0;
}

// Opens or makes the component from `start` to `stop`. 1: went on; 0: it was a dangling link, which its target has
// replaced: start over; negative: -errno.
long step(Walk& walk, int root, size_t start, size_t stop, Missing missing) {
  bool last = walk.is_last(stop);
  char saved = walk.text[stop];
  walk.text[stop] = '\0';
  long fd = open_in_root(root, walk.text, O_PATH);
  if (fd == -ENOENT) {
    long made = make_entry(walk.dir, walk.text + start, last ? missing : Missing::make_directory);
    if (made == -EEXIST) return replace_link(walk, start, stop, saved);
    if (made < 0) return made;
    fd = open_in_root(root, walk.text, O_PATH);
  }
  walk.text[stop] = saved;
  if (fd < 0) return fd;
  close(walk.dir);
  walk.dir = static_cast<int>(fd);
  walk.end = stop;
  return 1;
}

long walk_and_make(Walk& walk, int root, Missing missing) {
  for (int links = 0; links < links_followed_max; ++links) {
    walk.end = 0;
    walk.dir = static_cast<int>(open_in_root(root, "/", O_PATH | O_DIRECTORY));
    if (walk.dir < 0) return walk.dir;
    long went = 1;
    size_t start, stop;
    while (went == 1 && walk.next(start, stop)) went = step(walk, root, start, stop, missing);
    if (went == 1) return walk.dir;
    close(walk.dir);
    if (went < 0) return went;
  }
  return -ELOOP;
}

}  // namespace

long open_inside(int root, const char* path) { return open_in_root(root, path, O_PATH); }

long open_or_make(int root, const char* path, Missing missing, bool* made) {
  long fd = open_inside(root, path);
  if (fd != -ENOENT) return fd;
  if (made) *made = true;
  Walk walk;
  if (!walk.assign(path)) return -ENAMETOOLONG;
  return walk_and_make(walk, root, missing);
}

long make_node(int root, const char* path, mode_t mode, dev_t device) {
  Walk walk;
  if (!walk.assign(path)) return -ENAMETOOLONG;
  char* slash = std::strrchr(walk.text, '/');
  if (!slash) return -EINVAL;
  *slash = '\0';
  const char* name = path + (slash - walk.text) + 1;
  long dir = open_or_make(root, walk.text[0] ? walk.text : "/", Missing::make_directory);
  if (dir < 0) return dir;
  long made = raw::call<SYS_mknodat>(dir, name, mode, device);
  close(static_cast<int>(dir));
  return made == -EEXIST ? 0 : made;
}

}  // namespace ccocker::runtime::child
