#include "runtime/mount_sources.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/mount_api.h"
#include "runtime/mount_propagation.h"

namespace ccocker::runtime {
namespace {

Fd clone_source(const Mount& mount) {
  if (!mount.source.starts_with('/'))
    throw Error(Errc::invalid, fmt::format("the bind source \"{}\" is not an absolute path", mount.source));
  try {
    Fd tree = clone_mount(sys::cwd(), mount.source, mount.recursive);
    require_propagation(mount.source, mount.propagation);
    uint64_t attributes = mount.flags | (mount.read_only ? MOUNT_ATTR_RDONLY : 0);
    set_mount_attributes(tree, attributes, propagation_flag(mount.propagation), mount.recursive);
    return tree;
  } catch (Error& error) {
    if (error.errno_value() == ENOENT)
      throw Error(Errc::not_found, fmt::format("the bind source {} does not exist", mount.source));
    throw std::move(error).in("binding " + mount.source);
  }
}

void set_option(FilesystemContext& context, std::string_view option) {
  size_t equals = option.find('=');
  std::string key(option.substr(0, equals));
  bool fine = equals == std::string_view::npos ? context.set_flag(key)
                                               : context.set(key, std::string(option.substr(equals + 1)));
  if (fine) return;
  std::string said = context.messages();
  throw Error(Errc::invalid, fmt::format("bad tmpfs option \"{}\"{}{}", option, said.empty() ? "" : ": ", said));
}

OpenedMount open_tmpfs(const Mount& mount, std::string destination) {
  FilesystemContext context("tmpfs");
  bool says_mode = false;
  std::string_view rest = mount.data;
  while (!rest.empty()) {
    std::string_view option = rest.substr(0, rest.find(','));
    if (!option.empty()) set_option(context, option);
    says_mode |= option.starts_with("mode=");
    rest.remove_prefix(std::min(option.size() + 1, rest.size()));
  }
  if (!context.create()) throw Error::sys("mounting a tmpfs", mount.data);
  Fd tree = context.mount(mount.flags | (mount.read_only && says_mode ? MOUNT_ATTR_RDONLY : 0));
  return {std::move(tree), std::move(destination), true, !says_mode, mount.read_only};
}

OpenedMount open_bind(const Mount& mount, std::string destination) {
  Fd tree = clone_source(mount);
  bool directory = S_ISDIR(sys::fstat(tree).st_mode);
  return {std::move(tree), std::move(destination), directory};
}

}  // namespace

std::string clean_path(const std::string& path) {
  if (!path.starts_with('/'))
    throw Error(Errc::invalid, fmt::format("the path \"{}\" in the container is not absolute", path));
  std::vector<std::string_view> parts;
  std::string_view rest = path;
  while (!rest.empty()) {
    size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view part = rest.substr(0, slash);
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return parts.empty() ? "/" : fmt::format("/{}", fmt::join(parts, "/"));
}

OpenedMount open_mount(const Mount& mount) {
  std::string destination = clean_path(mount.destination);
  if (destination == "/") throw Error(Errc::invalid, "a mount cannot cover the container's root \"/\"");
  try {
    if (mount.kind == Mount::Kind::tmpfs) return open_tmpfs(mount, destination);
    return open_bind(mount, destination);
  } catch (Error& error) {
    throw std::move(error).in("the mount at " + destination);
  }
}

std::vector<OpenedMount> open_mounts(const std::vector<Mount>& mounts) {
  std::vector<OpenedMount> opened;
  for (const Mount& mount : mounts) opened.push_back(open_mount(mount));
  put_parents_first(opened);
  return opened;
}

void put_parents_first(std::vector<OpenedMount>& mounts) {
  auto depth = [](const OpenedMount& mount) { return std::ranges::count(mount.destination, '/'); };
  std::ranges::stable_sort(mounts, {}, depth);
}

}  // namespace ccocker::runtime
