#include "registry/tree_writer_xattrs.h"

#include <fmt/format.h>
#include <sys/xattr.h>

#include <cerrno>

#include "loop/error.h"

namespace ccocker::registry {
namespace {

bool is_overlays_own(const std::string& name) {
  return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

void check(int result, const char* call, const std::string& name) {
  if (result == 0 || errno == ENOTSUP) return;
  if (errno == EPERM && name.starts_with("user.")) return;  // xattr(7): only files and directories have user attributes
  throw Error::sys(call, name);
}

}  // namespace

void set_file_xattr(FdView file, const std::string& name, const std::string& value) {
  if (is_overlays_own(name)) return;
  check(::fsetxattr(file.get(), name.c_str(), value.data(), value.size(), 0), "fsetxattr", name);
}

void set_link_xattr(FdView parent, const std::string& entry, const std::string& name, const std::string& value) {
  if (is_overlays_own(name)) return;
  std::string path = fmt::format("/proc/self/fd/{}/{}", parent.get(), entry);
  check(::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), "lsetxattr", name);
}

}  // namespace ccocker::registry
