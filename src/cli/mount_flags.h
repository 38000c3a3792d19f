#pragma once
// -v, --mount, --tmpfs and --device.
#include <string>
#include <string_view>
#include <vector>

#include "runtime/spec.h"

namespace ccocker::cli {

struct ParsedMount {
  runtime::Mount mount;
  bool create_source = false;  // -v makes a missing directory, --mount refuses it (as Docker)
};

// "/host:/inside[:ro,rw,z,Z,rshared,...]"; a source that starts with "." is below `cwd`. "name:/inside[:ro,nocopy,...]"
// is a volume, "/inside" alone an anonymous one.
ParsedMount parse_volume(std::string_view text, std::string_view cwd);
// "type=bind,source=/host,target=/inside,readonly,bind-propagation=rslave" or "type=tmpfs,target=/x,tmpfs-size=64m" or
// "type=volume,source=name,target=/x"; a field with a comma is written in double quotes (CSV).
ParsedMount parse_mount(std::string_view text, std::string_view cwd);
// "/inside[:size=64m,mode=1777,exec,...]".
runtime::Mount parse_tmpfs(std::string_view text);
// "/dev/x[:/dev/y][:rwm]".
runtime::Device parse_device(std::string_view text);

// An absolute path without ".", ".." and doubled slashes; Errc::invalid with `flag` and the whole `value` when it is
// not absolute.
std::string clean_path(std::string_view flag, std::string_view value, std::string_view path);

}  // namespace ccocker::cli
