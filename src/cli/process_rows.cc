#include "cli/process_rows.h"

#include <fmt/format.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "cli/process_lines.h"
#include "cli/text.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/process_table.h"

namespace ccocker::cli {
namespace {

using runtime::ProcessInfo;

std::string user_name(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry ? entry->pw_name : std::to_string(uid);
}

uint64_t uptime_ticks() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  uint64_t ticks = runtime::clock_ticks_per_second();
  return static_cast<uint64_t>(now.tv_sec) * ticks + static_cast<uint64_t>(now.tv_nsec) * ticks / 1'000'000'000;
}

// ps: the time of day for today's, the date for others.
std::string start_time(const ProcessInfo& info, uint64_t uptime) {
  time_t now = ::time(nullptr);
  uint64_t age = uptime > info.started_ticks ? uptime - info.started_ticks : 0;
  time_t started = now - static_cast<time_t>(age / runtime::clock_ticks_per_second());
  struct tm then {}, today {};
  ::localtime_r(&started, &then);
  ::localtime_r(&now, &today);
  const char* form = then.tm_year != today.tm_year ? "%Y" : then.tm_yday != today.tm_yday ? "%b%d" : "%H:%M";
  char text[16];
  return std::string(text, ::strftime(text, sizeof text, form, &then));
}

// Percent of one processor since it started, as ps counts it.
uint64_t usage(const ProcessInfo& info, uint64_t uptime) {
  uint64_t age = uptime > info.started_ticks ? uptime - info.started_ticks : 0;
  return age ? std::min<uint64_t>(info.cpu_ticks * 100 / age, 99) : 0;
}

std::vector<std::string> line_of(const ProcessInfo& info, uint64_t uptime) {
  std::string command = info.command.empty() ? "[" + info.name + "]" : info.command;
  return {user_name(info.uid),        std::to_string(info.pid),    std::to_string(info.parent),
          std::to_string(usage(info, uptime)), start_time(info, uptime),    terminal_name(info.terminal),
          cpu_time(info.cpu_ticks / runtime::clock_ticks_per_second()), printable(command)};
}

// Runs ps and gives what it prints, on both streams.
std::string output_of_ps(const std::vector<std::string>& options) {
  std::vector<char*> arguments{const_cast<char*>("ps")};
  for (const std::string& option : options) arguments.push_back(const_cast<char*>(option.c_str()));
  arguments.push_back(nullptr);
  sys::Pipe pipe = sys::pipe();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int stream : {STDOUT_FILENO, STDERR_FILENO})
    ::posix_spawn_file_actions_adddup2(&actions, pipe.write_end.get(), stream);
  pid_t pid = 0;
  int failure = ::posix_spawnp(&pid, "ps", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT)
    throw Error(Errc::failed, "there is no ps(1) on this host to take these options; install procps, or leave them out");
  if (failure) throw Error::sys("posix_spawnp", "ps", failure);
  pipe.write_end.reset();
  std::string output = sys::read_all(pipe.read_end);
  int status = 0;
  sys::retry([&] { return ::waitpid(pid, &status, 0); });
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::string_view first = trim(std::string_view(output).substr(0, output.find('\n')));
    throw Error(Errc::failed, fmt::format("ps: {}", first.empty() ? "it failed without a word" : first));
  }
  return output;
}

// "-q1,2" behind `options`.
std::vector<std::string> with_pids(std::vector<std::string> options, const char* flag, const std::vector<pid_t>& pids) {
  options.push_back(flag + fmt::format("{}", fmt::join(pids, ",")));
  return options;
}

}  // namespace

std::string terminal_name(unsigned device) {
  constexpr unsigned pts_first = 136, pts_last = 143, console = 4, serial_first = 64;
  unsigned major = gnu_dev_major(device), minor = gnu_dev_minor(device);
  if (major >= pts_first && major <= pts_last) return fmt::format("pts/{}", (major - pts_first) * 256 + minor);
  if (major == console) return minor < serial_first ? fmt::format("tty{}", minor) : fmt::format("ttyS{}", minor - serial_first);
  return "?";
}

std::string cpu_time(uint64_t seconds) {
  constexpr uint64_t day = 86400;
  std::string days = seconds >= day ? fmt::format("{}-", seconds / day) : "";
  return days + fmt::format("{:02}:{:02}:{:02}", seconds % day / 3600, seconds / 60 % 60, seconds % 60);
}

std::string process_table(const std::vector<pid_t>& pids) {
  std::vector<std::vector<std::string>> lines{{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}};
  uint64_t uptime = uptime_ticks();
  for (pid_t pid : pids)
    if (std::optional<ProcessInfo> info = runtime::process_info(pid)) lines.push_back(line_of(*info, uptime));
  return aligned_processes(lines);
}

std::string process_table_by_ps(const std::vector<pid_t>& pids, const std::vector<std::string>& options) {
  try {
    return lines_of_processes(output_of_ps(with_pids(options, "-q", pids)), pids);
  } catch (const Error&) {
    // -q goes with no other selection, no order and no tree; and ps may know no -q.
  }
  std::string table = lines_of_processes(output_of_ps(options), pids);
  if (std::count(table.begin(), table.end(), '\n') > 1) return table;
  // Without a selection ps shows what is on its own terminal. -p adds to any selection, so it comes last.
  try {
    return lines_of_processes(output_of_ps(with_pids(options, "-p", pids)), pids);
  } catch (const Error&) {
    return table;
  }
}

}  // namespace ccocker::cli
