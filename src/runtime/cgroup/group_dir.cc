#include "runtime/cgroup/group_dir.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <string_view>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr unsigned make_attempts_max = 1000;  // each lost to another process that made progress
constexpr unsigned depth_max = 64;            // of subgroups a container may have made

bool try_mkdirs(const std::string& hierarchy, const std::string& below) {
  for (size_t end = below.find('/');; end = below.find('/', end + 1)) {
    std::string path = hierarchy + "/" + below.substr(0, end);
    if (::mkdir(path.c_str(), 0755) < 0 && errno != EEXIST) {
      if (errno == ENOENT) return false;
      Error error = Error::sys("mkdir", path);
      if (errno == EROFS || errno == EACCES || errno == EPERM)
        std::move(error).advise("ccocker must be able to make control groups there");
      throw error;
    }
    if (end == std::string::npos) return true;
  }
}

// True when it is gone, by us or by others; false when it is in use.
bool try_rmdir(const std::string& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
  if (errno == EBUSY || errno == ENOTEMPTY) return false;
  throw Error::sys("rmdir", path);
}

void refuse_odd_path(const std::string& parent) {
  std::string framed = "/" + parent + "/";
  if (parent.empty() || parent.front() == '/' || framed.find("/../") != std::string::npos ||
      framed.find("//") != std::string::npos)
    throw Error(Errc::invalid,
                "\"" + parent + "\" is no path of a control group: give names separated by single slashes");
}

// Depth first; a group that is busy or gone is left to the caller's next try.
void remove_subgroups(FdView group, unsigned depth) {
  for (const std::string& name : sys::list_dir(group)) {
    std::optional<struct stat> status = sys::stat_if_exists(group, name, AT_SYMLINK_NOFOLLOW);
    if (!status || !S_ISDIR(status->st_mode) || depth == depth_max) continue;
    std::optional<Fd> sub = sys::open_if_exists(group, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (sub) remove_subgroups(*sub, depth + 1);
    ::unlinkat(group.get(), name.c_str(), AT_REMOVEDIR);
  }
}

void collect_processes(FdView group, unsigned depth, std::vector<pid_t>& pids) {
  std::optional<std::string> text = read_group_file(group, "cgroup.procs");
  if (!text) return;
  const char* end = text->data() + text->size();
  for (const char* at = text->data(); at < end;) {
    pid_t pid = 0;
    auto [rest, error] = std::from_chars(at, end, pid);
    if (error == std::errc() && pid > 0) pids.push_back(pid);  // 0 stands for one outside our PID namespace
    at = static_cast<const char*>(std::memchr(rest, '\n', static_cast<size_t>(end - rest)));
    at = at ? at + 1 : end;
  }
  struct stat status = sys::fstat(group);
  if (status.st_nlink == 2 || depth == depth_max) return;  // kernfs counts subdirectories as file systems do
  for (const std::string& name : sys::list_dir(group)) {
    std::optional<struct stat> sub_status = sys::stat_if_exists(group, name, AT_SYMLINK_NOFOLLOW);
    if (!sub_status || !S_ISDIR(sub_status->st_mode)) continue;
    std::optional<Fd> sub = sys::open_if_exists(group, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (sub) collect_processes(*sub, depth + 1, pids);
  }
}

std::optional<uint64_t> number_at(std::string_view text) {
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

Fd make_group(const std::string& hierarchy, const std::string& parent, const std::string& id) {
  refuse_odd_path(parent);
  for (unsigned attempt = 0; attempt < make_attempts_max; ++attempt) {
    if (!try_mkdirs(hierarchy, parent + "/" + id)) continue;
    std::optional<Fd> group = open_group(hierarchy, parent, id);
    if (group) return std::move(*group);
  }
  throw Error(Errc::conflict, "making the control group " + hierarchy + "/" + parent + "/" + id +
                                  " failed: other processes keep removing its parent");
}

std::optional<Fd> open_group(const std::string& hierarchy, const std::string& parent, const std::string& id) {
  return sys::open_if_exists(sys::cwd(), hierarchy + "/" + parent + "/" + id, O_RDONLY | O_DIRECTORY);
}

bool remove_group(const std::string& hierarchy, const std::string& parent, const std::string& id) {
  std::string path = hierarchy + "/" + parent + "/" + id;
  if (!try_rmdir(path)) {
    std::optional<Fd> group = open_group(hierarchy, parent, id);
    if (group) remove_subgroups(*group, 0);
    if (!try_rmdir(path)) return false;
  }
  remove_empty_parents(hierarchy, parent);
  return true;
}

void remove_empty_parents(const std::string& hierarchy, const std::string& parent) {
  for (std::string above = parent; !above.empty(); above.resize(above.rfind('/') == above.npos ? 0 : above.rfind('/')))
    if (!try_rmdir(hierarchy + "/" + above)) return;
}

std::optional<std::string> read_group_file(FdView dir, const std::string& path) {
  try {
    return sys::read_file_if_exists(dir, path);
  } catch (const Error& error) {
    if (error.errno_value() != ENODEV) throw;
    return std::nullopt;
  }
}

std::vector<pid_t> group_processes(FdView group) {
  std::vector<pid_t> pids;
  collect_processes(group, 0, pids);
  return pids;
}

std::optional<uint64_t> keyed_number(FdView group, const char* file, const char* key) {
  std::optional<std::string> text = read_group_file(group, file);
  std::string wanted = std::string("\n") + key + " ";
  if (!text) return std::nullopt;
  std::string framed = "\n" + *text;
  size_t at = framed.find(wanted);
  if (at == std::string::npos) return std::nullopt;
  return number_at(std::string_view(framed).substr(at + wanted.size()));
}

std::optional<uint64_t> single_number(FdView group, const char* file) {
  std::optional<std::string> text = read_group_file(group, file);
  if (!text) return std::nullopt;
  return number_at(*text);
}

}  // namespace ccocker::runtime
