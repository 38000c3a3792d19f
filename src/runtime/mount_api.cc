#include "runtime/mount_api.h"

#include <fcntl.h>
#include <linux/mount.h>

#include <cerrno>

#include "loop/error.h"
#include "runtime/syscalls.h"

namespace ccocker::runtime {
namespace {

long keep_errno(long result) {
  if (result < 0) errno = static_cast<int>(-result);
  return result;
}

}  // namespace

FilesystemContext::FilesystemContext(std::string type) : type_(std::move(type)) {
  long context = keep_errno(raw::call<SYS_fsopen>(type_.c_str(), FSOPEN_CLOEXEC));
  if (context == -ENODEV)
    throw Error(Errc::unsupported, "this kernel has no filesystem \"" + type_ + "\"; load its module or build it in");
  if (context < 0) throw Error::sys("fsopen", type_);
  context_ = Fd(static_cast<int>(context));
  set("source", type_);  // what df(1) shows first; without it "none"
}

bool FilesystemContext::set(const std::string& key, const std::string& value) {
  return keep_errno(raw::call<SYS_fsconfig>(context_.get(), FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0)) == 0;
}

bool FilesystemContext::set_flag(const std::string& key) {
  return keep_errno(raw::call<SYS_fsconfig>(context_.get(), FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0)) == 0;
}

bool FilesystemContext::create() {
  return keep_errno(raw::call<SYS_fsconfig>(context_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0)) == 0;
}

Fd FilesystemContext::mount(uint64_t attributes) {
  long tree = keep_errno(raw::call<SYS_fsmount>(context_.get(), FSMOUNT_CLOEXEC, attributes));
  if (tree < 0) throw Error::sys("fsmount", type_);
  return Fd(static_cast<int>(tree));
}

std::string FilesystemContext::messages() const {
  std::string text;
  char line[512];
  // One message a read, "e overlay: words"; ENODATA when there are no more.
  for (;;) {
    long count = raw::call<SYS_read>(context_.get(), line, sizeof line);
    if (count <= 2) return text;
    std::string_view words(line + 2, static_cast<size_t>(count) - 2);
    while (words.ends_with('\n')) words.remove_suffix(1);
    if (!text.empty()) text += "; ";
    text += words;
  }
}

Fd clone_mount(FdView dir, const std::string& path, bool recursive) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0u);
  long tree = keep_errno(raw::call<SYS_open_tree>(dir.get(), path.c_str(), flags));
  if (tree < 0) throw Error::sys("open_tree", path);
  return Fd(static_cast<int>(tree));
}

void set_mount_attributes(FdView tree, uint64_t attributes, uint64_t propagation, bool recursive) {
  mount_attr attr{};
  attr.attr_set = attributes;
  attr.propagation = propagation;
  unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
  if (keep_errno(raw::call<SYS_mount_setattr>(tree.get(), "", flags, &attr, sizeof attr)) < 0)
    throw Error::sys("mount_setattr");
}

}  // namespace ccocker::runtime
