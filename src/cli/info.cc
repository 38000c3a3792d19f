#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/size.h"
#include "cli/text.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "registry/store.h"
#include "runtime/container.h"
#include "runtime/net/forward_block.h"

namespace ccocker::cli {
namespace {

constexpr Heading headings[] = {
    {"Containers", ""},       {"ContainersRunning", ""},
    {"ContainersPaused", ""}, {"ContainersStopped", ""},
    {"Images", ""},           {"ServerVersion", ""},
    {"Driver", ""},           {"CgroupVersion", ""},
    {"IoUring", ""},          {"KernelVersion", ""},
    {"OperatingSystem", ""},  {"OSType", ""},
    {"Architecture", ""},     {"NCPU", ""},
    {"MemTotal", ""},         {"Name", ""},
    {"DockerRootDir", ""},    {"StateDir", ""},
};

uint64_t filesystem_type(const char* path) {
  struct statfs status {};
  return ::statfs(path, &status) == 0 ? static_cast<uint64_t>(status.f_type) : 0;
}

// What /sys/fs/cgroup holds decides who limits a container (cgroups(7)).
std::string cgroup_version() {
  if (filesystem_type("/sys/fs/cgroup") == CGROUP2_SUPER_MAGIC) return "2";
  bool hybrid = filesystem_type("/sys/fs/cgroup/unified") == CGROUP2_SUPER_MAGIC;
  return hybrid ? "1 (hybrid: v2 tracks, v1 limits)" : "1";
}

std::string io_uring_state() {
  try {
    Loop loop;
    return "available";
  } catch (const Error& error) {
    return error.what();
  }
}

// NAME of /etc/os-release (os-release(5)).
std::string operating_system() {
  std::optional<std::string> file = sys::read_file_if_exists(sys::cwd(), "/etc/os-release");
  for (const std::string& line : split(file.value_or(""), '\n')) {
    std::string_view value = line;
    if (!value.starts_with("PRETTY_NAME=")) continue;
    value.remove_prefix(12);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return "Linux";
}

struct Counts {
  size_t all = 0, running = 0, paused = 0;
};

Counts count_containers(const Context& context) {
  runtime::Containers containers(context.root, context.state);
  Counts counts;
  for (const runtime::Container& container : containers.list()) {
    ++counts.all;
    counts.running += container.status == runtime::Status::running;
    counts.paused += container.status == runtime::Status::paused;
  }
  return counts;
}

Row gather(const Context& context) {
  Counts counts = count_containers(context);
  registry::Store store(context.root);
  struct utsname kernel {};
  ::uname(&kernel);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  auto number = [](uint64_t value) { return std::to_string(value); };
  Row row;
  row.fields = {
      {"Containers", number(counts.all), true},
      {"ContainersRunning", number(counts.running), true},
      {"ContainersPaused", number(counts.paused), true},
      {"ContainersStopped", number(counts.all - counts.running - counts.paused), true},
      {"Images", number(store.images().size()), true},
      {"ServerVersion", CCOCKER_VERSION},
      {"Driver", "overlay"},
      {"CgroupVersion", cgroup_version()},
      {"IoUring", io_uring_state()},
      {"KernelVersion", kernel.release},
      {"OperatingSystem", operating_system()},
      {"OSType", "linux"},
      {"Architecture", kernel.machine},
      {"NCPU", number(static_cast<uint64_t>(::sysconf(_SC_NPROCESSORS_ONLN))), true},
      {"MemTotal", number(memory.totalram * memory.mem_unit), true},
      {"Name", kernel.nodename},
      {"DockerRootDir", context.root},
      {"StateDir", context.state},
  };
  return row;
}

struct Line {
  const char* label;
  const char* field;
};
constexpr Line lines[] = {
    {"Containers", "Containers"},
    {" Running", "ContainersRunning"},
    {" Paused", "ContainersPaused"},
    {" Stopped", "ContainersStopped"},
    {"Images", "Images"},
    {"Version", "ServerVersion"},
    {"Storage Driver", "Driver"},
    {"Cgroup Version", "CgroupVersion"},
    {"io_uring", "IoUring"},
    {"Kernel Version", "KernelVersion"},
    {"Operating System", "OperatingSystem"},
    {"OSType", "OSType"},
    {"Architecture", "Architecture"},
    {"CPUs", "NCPU"},
    {"Total Memory", "MemTotal"},
    {"Name", "Name"},
    {"Root Dir", "DockerRootDir"},
    {"State Dir", "StateDir"},
};

std::string as_text(const Row& row) {
  std::string out;
  for (const Line& line : lines) {
    std::string value = row.find(line.field)->value;
    if (line.field == std::string_view("MemTotal")) value = human_binary_size(std::stoull(value));
    out += fmt::format("{}: {}\n", line.label, printable(value));
  }
  return out;
}

// Who may not ask the kernel hears nothing.
void warn_of_firewall() {
  try {
    std::string warning = runtime::forward_warning();
    if (!warning.empty()) print_error("WARNING: " + printable(warning) + "\n");
  } catch (const Error&) {
  }
}

}  // namespace

std::span<const Option> info_options() {
  static constexpr Option options[] = {
      {"format", 'f', Takes::text, "TEMPLATE", "json, or a template such as '{{.CgroupVersion}}'"},
  };
  return options;
}

int info_command(const Context& context, Parsed& line) {
  Row row = gather(context);
  print(line.flags.has("format") ? render({row}, headings, line.flags.text("format"), "{{json .}}") : as_text(row));
  warn_of_firewall();
  return 0;
}

}  // namespace ccocker::cli
