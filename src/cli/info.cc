#include <fmt/format.h>

#include "cli/command.h"
#include "cli/info_value.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/size.h"
#include "cli/text.h"
#include "loop/error.h"
#include "runtime/net/forward_block.h"

namespace ccocker::cli {
namespace {

// What `info` prints, as Docker's scripts look for it.
constexpr std::string_view text_template =
    R"(Client:
 Version: {{.ServerVersion}}

Server:
 Containers: {{.Containers}}
  Running: {{.ContainersRunning}}
  Paused: {{.ContainersPaused}}
  Stopped: {{.ContainersStopped}}
 Images: {{.Images}}
 Server Version: {{.ServerVersion}}
 Storage Driver: {{.Driver}}
{{range .DriverStatus}}  {{index . 0}}: {{index . 1}}
{{end}} Logging Driver: {{.LoggingDriver}}
 Cgroup Driver: {{.CgroupDriver}}
 Cgroup Version: {{.CgroupVersion}}
 Cgroup Layout: {{.CgroupLayout}}
 io_uring: {{.IoUring}}
 Plugins:
  Volume: {{join .Plugins.Volume " "}}
  Network: {{join .Plugins.Network " "}}
  Log: {{join .Plugins.Log " "}}
 Swarm: {{.Swarm.LocalNodeState}}
 Runtimes:{{range $name, $_ := .Runtimes}} {{$name}}{{end}}
 Default Runtime: {{.DefaultRuntime}}
 Security Options:
  seccomp
   Profile: builtin
  cgroupns
 Kernel Version: {{.KernelVersion}}
 Operating System: {{.OperatingSystem}}
 OSType: {{.OSType}}
 Architecture: {{.Architecture}}
 CPUs: {{.NCPU}}
 Total Memory: {{.TotalMemory}}
 Name: {{.Name}}
 Docker Root Dir: {{.DockerRootDir}}
 State Dir: {{.StateDir}}
{{with .HttpProxy}} HTTP Proxy: {{.}}
{{end}}{{with .HttpsProxy}} HTTPS Proxy: {{.}}
{{end}}{{with .NoProxy}} No Proxy: {{.}}
{{end}})";

std::string as_text(Value info) {
  info.set("TotalMemory", human_binary_size(static_cast<uint64_t>(info.find("MemTotal")->integer())));
  return Template(text_template, {}, {.unescape = false}).apply(info);
}

// Who may not ask the kernel hears nothing.
std::string firewall_warning() {
  try {
    return runtime::forward_warning();
  } catch (const Error&) {
    return "";
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
  std::string warning = firewall_warning(), format = line.flags.text("format");
  Value info = info_value(context, warning);
  print(format.empty() ? as_text(info) : render_one(info, format));
  if (!warning.empty()) print_error("WARNING: " + printable(warning) + "\n");
  return 0;
}

}  // namespace ccocker::cli
