#pragma once
// The rules of `docker cp` about what lands where.
#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "loop/fd.h"

namespace ccocker::cli {

// "web:/etc" or a local path.
struct CopyArgument {
  std::string container;  // empty: local
  std::string path;
};
CopyArgument parse_copy_argument(std::string_view text);

// One side of a copy: paths are resolved as if `root` were "/".
struct CopySide {
  FdView root;
  std::string container;  // its name; empty for the host

  // As messages call a path: "web:/etc".
  std::string shown(const std::string& path) const { return container.empty() ? path : container + ":" + path; }
};

struct CopySource {
  Fd object;         // O_PATH
  std::string name;  // what it is called in a directory it is copied into
  bool directory = false;
  bool contents = false;  // "dir/.": what is in it
};
// `path` is absolute, as typed behind that. With `follow` a link's target is the source. Errc::not_found, and
// Errc::invalid for a path that ends like a directory's and is none.
CopySource find_source(const CopySide& side, const std::string& path, bool follow);

struct CopyTarget {
  std::string path;           // absolute: where the source itself goes
  bool top_is_there = false;  // only the source's content goes there
};
// Errc::not_found when the directory it would be in is missing, Errc::invalid for a directory onto a file.
CopyTarget find_target(const CopySide& side, const std::string& path, const CopySource& source);
// Where a tar is unpacked: Errc::invalid unless it is a directory.
CopyTarget find_target_of_tar(const CopySide& side, const std::string& path);

// "/a//b/../c/." as "/a/c"; whether it said that it is a directory is lost.
std::string clean_copy_path(std::string_view path);
bool asserts_directory(std::string_view path);   // ends in "/" or "/."
bool specifies_contents(std::string_view path);  // ends in "/.", or is "."

}  // namespace ccocker::cli
