#include "cli/info_value.h"

#include <linux/magic.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/text.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "registry/proxy_text.h"
#include "registry/store.h"
#include "runtime/container.h"

namespace ccocker::cli {
namespace {

uint64_t filesystem_type(const char* path) {
  struct statfs status {};
  return ::statfs(path, &status) == 0 ? static_cast<uint64_t>(status.f_type) : 0;
}

// What /sys/fs/cgroup holds decides who limits a container (cgroups(7)).
bool has_cgroup2_only() { return filesystem_type("/sys/fs/cgroup") == CGROUP2_SUPER_MAGIC; }

std::string cgroup_layout() {
  if (has_cgroup2_only()) return "unified";
  bool hybrid = filesystem_type("/sys/fs/cgroup/unified") == CGROUP2_SUPER_MAGIC;
  return hybrid ? "hybrid: v2 tracks, v1 limits" : "legacy";
}

// By the names that Docker gives them.
std::string backing_filesystem(const std::string& root) {
  struct Known {
    uint64_t magic;
    const char* name;
  };
  constexpr uint64_t zfs_magic = 0x2fc12fc1;  // not in linux/magic.h
  static constexpr Known known[] = {{EXT4_SUPER_MAGIC, "extfs"},
                                    {XFS_SUPER_MAGIC, "xfs"},
                                    {BTRFS_SUPER_MAGIC, "btrfs"},
                                    {TMPFS_MAGIC, "tmpfs"},
                                    {OVERLAYFS_SUPER_MAGIC, "overlayfs"},
                                    {F2FS_SUPER_MAGIC, "f2fs"},
                                    {zfs_magic, "zfs"}};
  uint64_t type = filesystem_type(root.c_str());
  for (const Known& it : known)
    if (it.magic == type) return it.name;
  return "<unknown>";
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

std::string environment(const char* name, const char* capitals) {
  for (const char* each : {name, capitals})
    if (const char* value = std::getenv(each); value && *value) return value;
  return "";
}

// As pulls and pushes have them.
void add_proxies(Value& out) {
  auto shown = [](const std::string& proxy) { return proxy.empty() ? "" : registry::shown_proxy(proxy); };
  std::string http = shown(environment("http_proxy", "HTTP_PROXY"));
  std::string https = shown(environment("https_proxy", "HTTPS_PROXY"));
  out.set("HttpProxy", http);
  out.set("HttpsProxy", https);
  out.set("NoProxy", environment("no_proxy", "NO_PROXY"));
  out.set_optional("HTTPProxy", http);  // JSON has the one name, Docker's templates the other
  out.set_optional("HTTPSProxy", https);
}

// What never differs.
void add_constants(Value& out) {
  std::vector<std::string> logs{"json-file", "journald", "none"};
  out.set("LoggingDriver", "json-file");
  out.set("CgroupDriver", "cgroupfs");
  out.set("Plugins", Value::record({{"Volume", std::vector<std::string>{"local"}},
                                    {"Network", std::vector<std::string>{"bridge", "host", "none"}},
                                    {"Authorization", Value::null_list()},
                                    {"Log", logs}}));
  out.set("SecurityOptions", std::vector<std::string>{"name=seccomp,profile=builtin", "name=cgroupns"});
  out.set("Swarm", Value::record({{"NodeID", ""},
                                  {"NodeAddr", ""},
                                  {"LocalNodeState", "inactive"},
                                  {"ControlAvailable", false},
                                  {"Error", ""},
                                  {"RemoteManagers", Value::null_list()}}));
  out.set("Runtimes", Value::map({{"ccocker", Value::record({{"path", "ccocker"}})}}));
  out.set("DefaultRuntime", "ccocker");
  out.set("ID", "");
  out.set("Labels", Value::list());
  out.set("Debug", false);
  out.set("ExperimentalBuild", false);
  out.set("LiveRestoreEnabled", true);  // no daemon's end stops a container
}

void add_counts(Value& out, const Context& context) {
  Counts counts = count_containers(context);
  out.set("Containers", counts.all);
  out.set("ContainersRunning", counts.running);
  out.set("ContainersPaused", counts.paused);
  out.set("ContainersStopped", counts.all - counts.running - counts.paused);
  out.set("Images", registry::Store(context.root).images().size());
}

void add_machine(Value& out) {
  struct utsname kernel {};
  ::uname(&kernel);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  out.set("KernelVersion", kernel.release);
  out.set("OperatingSystem", operating_system());
  out.set("OSType", "linux");
  out.set("Architecture", kernel.machine);
  out.set("NCPU", ::sysconf(_SC_NPROCESSORS_ONLN));
  out.set("MemTotal", memory.totalram * memory.mem_unit);
  out.set("Name", kernel.nodename);
}

}  // namespace

Value info_value(const Context& context, const std::string& warning) {
  Value out = Value::record();
  add_counts(out, context);
  out.set("ServerVersion", CCOCKER_VERSION);
  out.set("Driver", "overlay");
  out.set("DriverStatus",
          Value::list({std::vector<std::string>{"Backing Filesystem", backing_filesystem(context.root)}}));
  out.set("CgroupVersion", has_cgroup2_only() ? "2" : "1");
  out.set("CgroupLayout", cgroup_layout());
  out.set("IoUring", io_uring_state());
  add_constants(out);
  add_machine(out);
  out.set("DockerRootDir", context.root);
  out.set("StateDir", context.state);
  add_proxies(out);
  out.set("Warnings", warning.empty() ? Value::null_list() : Value(std::vector<std::string>{warning}));
  return out;
}

}  // namespace ccocker::cli
