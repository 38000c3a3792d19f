#include "runtime/rootfs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/vfs.h>

#include <cerrno>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/mount_api.h"

namespace ccocker::runtime {
namespace {

constexpr size_t layers_max = 500;              // OVL_MAX_STACK
constexpr size_t option_value_bytes_max = 255;  // fsconfig(2): strings are at most 256 bytes with their NUL

// A path as an fsconfig value: a long one goes through the descriptor that `keep` holds.
std::string short_path(const std::string& path, std::vector<Fd>& keep) {
  if (path.size() <= option_value_bytes_max) return path;
  keep.push_back(sys::openat(sys::cwd(), path, O_PATH | O_DIRECTORY));
  return fmt::format("/proc/self/fd/{}", keep.back().get());
}

bool is_on_overlay(const std::string& path) {
  struct statfs status;
  return ::statfs(path.c_str(), &status) == 0 && status.f_type == OVERLAYFS_SUPER_MAGIC;
}

[[noreturn]] void fail_overlay(const OverlayRequest& request, int errnum, const std::string& said) {
  Error error = Error::sys("mounting the container's overlay", said.empty() ? request.container_dir : said, errnum);
  if (is_on_overlay(request.container_dir))
    throw std::move(error).advise(fmt::format(
        "{} is on an overlay filesystem itself, which cannot hold an overlay's upper directory: pass --root "
        "on a disk filesystem or a tmpfs",
        request.container_dir));
  throw error;
}

void check_layers(const std::vector<std::string>& lower_dirs) {
  if (lower_dirs.size() > layers_max)
    throw Error(Errc::unsupported,
                fmt::format("the image has {} layers, overlayfs stacks at most {}", lower_dirs.size(), layers_max));
  for (const std::string& dir : lower_dirs)
    if (!sys::exists(dir))
      throw Error(Errc::not_found, "the image's layer " + dir + " is missing; pull the image again");
}

// What every overlay of ours sets. Directory descriptors of the upper layer are not exported, so no index is needed.
bool set_common(FilesystemContext& context, const OverlayRequest& request, std::vector<Fd>& keep) {
  return context.set("upperdir", short_path(request.container_dir + "/upper", keep)) &&
         context.set("workdir", short_path(request.container_dir + "/work", keep)) && context.set("index", "off") &&
         (!request.disposable || context.set_flag("volatile"));
}

}  // namespace

// An overlay needs a lower directory; an image without layers gets an empty one.
static OverlayRequest prepared(OverlayRequest request) {
  Fd dir = sys::open_dir(sys::cwd(), request.container_dir);
  sys::mkdirat_if_missing(dir, "upper", 0755);
  sys::mkdirat_if_missing(dir, "work", 0700);
  if (request.lower_dirs.empty()) {
    sys::mkdirat_if_missing(dir, "empty", 0755);
    request.lower_dirs.push_back(request.container_dir + "/empty");
  }
  return request;
}

Fd mount_overlay(const OverlayRequest& asked) {
  OverlayRequest request = prepared(asked);
  FilesystemContext context("overlay");
  std::vector<Fd> keep;
  for (size_t i = request.lower_dirs.size(); i-- > 0;) {
    if (context.set("lowerdir+", short_path(request.lower_dirs[i], keep))) continue;
    int errnum = errno;
    check_layers(request.lower_dirs);
    // Kernels before 6.5 do not know the option; they say so for the first.
    if (errnum == EINVAL && i + 1 == request.lower_dirs.size()) return mount_overlay_by_one_string(request);
    fail_overlay(request, errnum, context.messages());
  }
  if (!set_common(context, request, keep) || !context.create()) {
    int errnum = errno;
    fail_overlay(request, errnum, context.messages());
  }
  return context.mount(0);
}

Fd mount_overlay_view(const std::vector<std::string>& lower_dirs, const std::string& container_dir) {
  OverlayRequest request{lower_dirs, container_dir, false};
  check_layers(lower_dirs);
  // An overlay without an upper directory takes two lower ones at least.
  if (lower_dirs.empty()) {
    sys::mkdirat_if_missing(sys::open_dir(sys::cwd(), container_dir), "empty", 0755);
    request.lower_dirs.push_back(container_dir + "/empty");
  }
  request.lower_dirs.push_back(container_dir + "/upper");
  FilesystemContext context("overlay");
  std::vector<Fd> keep;
  bool fine = true;
  for (size_t i = request.lower_dirs.size(); fine && i-- > 0;)
    fine = context.set("lowerdir+", short_path(request.lower_dirs[i], keep));
  fine = fine && context.set("index", "off") && context.create();
  if (!fine) {
    int errnum = errno;
    fail_overlay(request, errnum, context.messages());
  }
  return context.mount(MOUNT_ATTR_RDONLY);
}

}  // namespace ccocker::runtime
