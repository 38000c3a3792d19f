#include "cli/cp_paths.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <vector>

#include "cli/text.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/copy/tree_sink.h"

namespace ccocker::cli {
namespace {

constexpr unsigned links_max = 40;  // the kernel's own limit

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string parent_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string below(const std::string& directory, const std::string& name) {
  return directory == "/" ? "/" + name : directory + "/" + name;
}

std::optional<struct stat> status_of(FdView object) {
  struct stat status {};
  if (::fstatat(object.get(), "", &status, AT_EMPTY_PATH) < 0) throw Error::sys("fstatat");
  return status;
}

Error not_there(const CopySide& side, const std::string& path) {
  if (side.container.empty()) return Error(Errc::not_found, fmt::format("{}: no such file or directory", path));
  return Error(Errc::not_found, fmt::format("could not find the file {} in container {}", path, side.container));
}

// Where a chain of links at `path` ends; that may not be there yet.
std::string follow_links(const CopySide& side, std::string path) {
  for (unsigned i = 0; i < links_max; ++i) {
    std::optional<Fd> object = runtime::open_in_root(side.root, path, O_PATH | O_NOFOLLOW);
    if (!object || !S_ISLNK(status_of(*object)->st_mode)) return path;
    std::string target = sys::readlinkat(*object, "");
    // Not by the letters: ".." behind a link to a directory is another one's. openat2 goes through it, inside the root.
    path = target.starts_with('/') ? target : below(parent_of(path), target);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  }
  throw Error(Errc::invalid, fmt::format("{}: too many links", side.shown(path)));
}

void require_parent(const CopySide& side, const std::string& path) {
  std::string parent = parent_of(path);
  std::optional<Fd> directory = runtime::open_in_root(side.root, parent, O_PATH);
  if (!directory) throw not_there(side, parent);
  if (!S_ISDIR(status_of(*directory)->st_mode))
    throw Error(Errc::invalid, fmt::format("{} is not a directory", side.shown(parent)));
}

}  // namespace

CopyArgument parse_copy_argument(std::string_view text) {
  size_t colon = text.find(':');
  bool local = text.starts_with('/') || text.starts_with('.') || colon == text.npos || colon == 0;
  if (local) return {"", std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

bool specifies_contents(std::string_view path) { return path == "." || path.ends_with("/."); }
bool asserts_directory(std::string_view path) { return path.ends_with('/') || specifies_contents(path); }

std::string clean_copy_path(std::string_view path) {
  std::vector<std::string> parts;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(part);
    else if (!parts.empty())
      parts.pop_back();
  }
  return "/" + join(parts, "/");
}

CopySource find_source(const CopySide& side, const std::string& path, bool follow) {
  std::string clean = clean_copy_path(path);
  bool through = follow || asserts_directory(path);
  std::optional<Fd> object = runtime::open_in_root(side.root, clean, O_PATH | (through ? 0 : O_NOFOLLOW));
  if (!object) throw not_there(side, clean);
  CopySource source;
  source.directory = S_ISDIR(status_of(*object)->st_mode);
  if (asserts_directory(path) && !source.directory)
    throw Error(Errc::invalid, fmt::format("{} is not a directory", side.shown(clean)));
  source.object = std::move(*object);
  source.name = name_of(clean);
  source.contents = specifies_contents(path) || clean == "/";
  return source;
}

CopyTarget find_target(const CopySide& side, const std::string& path, const CopySource& source) {
  std::string clean = follow_links(side, clean_copy_path(path));
  std::optional<Fd> there = runtime::open_in_root(side.root, clean, O_PATH);
  if (!there) {
    require_parent(side, clean);
    if (asserts_directory(path) && !source.directory)
      throw Error(Errc::not_found, fmt::format("no such directory: {}", side.shown(clean)));
    return {clean, false};
  }
  struct stat status = *status_of(*there);
  if (S_ISDIR(status.st_mode))
    return source.contents ? CopyTarget{clean, true} : CopyTarget{below(clean, source.name), false};
  if (source.directory)
    throw Error(Errc::invalid, fmt::format("cannot copy a directory onto the file {}", side.shown(clean)));
  if (asserts_directory(path)) throw Error(Errc::invalid, fmt::format("{} is not a directory", side.shown(clean)));
  if (!S_ISREG(status.st_mode))
    throw Error(Errc::invalid, fmt::format("destination {} must be a directory or a regular file", side.shown(clean)));
  return {clean, false};
}

CopyTarget find_target_of_tar(const CopySide& side, const std::string& path) {
  std::string clean = follow_links(side, clean_copy_path(path));
  std::optional<Fd> there = runtime::open_in_root(side.root, clean, O_PATH);
  if (!there) throw not_there(side, clean);
  if (!S_ISDIR(status_of(*there)->st_mode))
    throw Error(Errc::invalid, fmt::format("destination \"{}\" must be a directory", side.shown(clean)));
  return {clean, true};
}

}  // namespace ccocker::cli
