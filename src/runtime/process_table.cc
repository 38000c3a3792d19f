#include "runtime/process_table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"

namespace ccocker::runtime {
namespace {

// A file of /proc; nullopt when its process has ended, before or while it is read.
std::optional<std::string> read_proc(const std::string& path) {
  try {
    return sys::read_file_if_exists(sys::cwd(), path);
  } catch (const Error& error) {
    if (error.errno_value() != ESRCH) throw;
    return std::nullopt;
  }
}

std::string command_line(std::string text) {
  while (text.ends_with('\0')) text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

}  // namespace

std::optional<ProcessInfo> process_info(pid_t pid) {
  std::string dir = fmt::format("/proc/{}", pid);
  std::optional<std::string> text = read_proc(dir + "/stat");
  std::optional<ProcessInfo> info = text ? parse_process_stat(*text) : std::nullopt;
  std::optional<struct stat> owner = sys::stat_if_exists(sys::cwd(), dir);
  if (!info || !owner) return std::nullopt;
  info->uid = owner->st_uid;
  info->command = command_line(read_proc(dir + "/cmdline").value_or(""));
  return info;
}

std::vector<pid_t> container_processes(const ContainerRecord& record) {
  const Container& it = record.container;
  std::optional<Cgroup> group;
  if (has_process(it.status)) group = Cgroup::open(record.spec.cgroup_parent, it.id);
  if (!group) throw Error(Errc::conflict, fmt::format("container {} is not running", it.name));
  std::vector<pid_t> pids = group->processes();
  std::sort(pids.begin(), pids.end());
  return pids;
}

uint64_t clock_ticks_per_second() {
  long ticks = ::sysconf(_SC_CLK_TCK);
  return ticks > 0 ? static_cast<uint64_t>(ticks) : 100;
}

}  // namespace ccocker::runtime
