#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/rootfs.h"
#include "runtime/syscalls.h"

namespace ccocker::runtime {
namespace {

constexpr size_t options_bytes_max = 4095;  // mount(2): one page with its NUL
constexpr unsigned long ms_private = 1 << 18;

struct Directory {
  const char* path;
  int fd;  // what the options call it by
};

struct Helper {
  const char* target;
  const char* options;
  const std::vector<Directory>& directories;
  long tree = -1;  // the result, in the descriptor table both share
};

// Runs in a mount namespace of its own, on the parent's memory and descriptors, while the parent stands still.
int mount_and_clone(void* argument) {
  Helper& helper = *static_cast<Helper*>(argument);
  mount_attr attributes{};
  attributes.propagation = ms_private;
  helper.tree = raw::call<SYS_mount_setattr>(AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof attributes);
  if (helper.tree < 0) return 1;
  // overlayfs takes only directories of its own mount namespace: open each again here, under the number it has.
  for (const Directory& directory : helper.directories) {
    long fd = raw::call<SYS_openat>(AT_FDCWD, directory.path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    helper.tree = fd < 0 ? fd : raw::call<SYS_dup3>(fd, directory.fd, O_CLOEXEC);
    if (helper.tree < 0) return 1;
    raw::call<SYS_close>(fd);
  }
  helper.tree = raw::call<SYS_mount>("overlay", helper.target, "overlay", 0, helper.options);
  if (helper.tree < 0) return 1;
  helper.tree = raw::call<SYS_open_tree>(AT_FDCWD, helper.target, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return 0;
}

}  // namespace

// mount(2) attaches what it mounts, so it happens in a namespace that ends at once; only a detached copy leaves it.
Fd mount_overlay_by_one_string(const OverlayRequest& request) {
  std::vector<Fd> layers;
  std::vector<Directory> directories;
  std::string lower;
  for (size_t i = request.lower_dirs.size(); i-- > 0;) {
    layers.push_back(sys::openat(sys::cwd(), request.lower_dirs[i], O_PATH | O_DIRECTORY));
    directories.push_back({request.lower_dirs[i].c_str(), layers.back().get()});
    lower += fmt::format("{}/proc/self/fd/{}", lower.empty() ? "" : ":", layers.back().get());
  }
  Fd dir = sys::open_dir(sys::cwd(), request.container_dir);
  directories.push_back({request.container_dir.c_str(), dir.get()});
  std::string options =
      fmt::format("lowerdir={0},upperdir=/proc/self/fd/{1}/upper,workdir=/proc/self/fd/{1}/work,index=off{2}", lower,
                  dir.get(), request.disposable ? ",volatile" : "");
  if (options.size() > options_bytes_max)
    throw Error(Errc::unsupported, fmt::format("the image has {} layers; kernels before 6.5 take about 200 at most",
                                               request.lower_dirs.size()));
  Helper helper{request.container_dir.c_str(), options.c_str(), directories};
  alignas(16) std::array<char, 64 << 10> stack;
  int pid = ::clone(mount_and_clone, stack.data() + stack.size(),
                    CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_NEWNS | SIGCHLD, &helper);
  if (pid < 0) throw Error::sys("clone", "CLONE_NEWNS");
  sys::retry([&] { return ::waitpid(pid, nullptr, 0); });
  if (helper.tree < 0)
    throw Error::sys("mounting the container's overlay", request.container_dir, static_cast<int>(-helper.tree));
  return Fd(static_cast<int>(helper.tree));
}

}  // namespace ccocker::runtime
