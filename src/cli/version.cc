#include <fmt/format.h>
#include <sys/utsname.h>

#include "cli/command.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/text.h"
#include "registry/image.h"

namespace ccocker::cli {
namespace {

// Both sides are this program. What is Docker's alone (the version of an API, Go's) is empty, and not in JSON.
Value side(const registry::Platform& host) {
  Value out = Value::record();
  out.set("Platform", Value::record({{"Name", "ccocker"}}));
  out.set("Version", CCOCKER_VERSION);
  for (const char* key : {"APIVersion", "GitCommit", "GoVersion", "BuildTime"}) out.set_optional(key, "");
  out.set("Os", host.os);
  out.set("Arch", host.architecture);
  return out;
}

Value gather() {
  struct utsname kernel {};
  ::uname(&kernel);
  registry::Platform host = registry::host_platform();
  Value client = side(host), server = side(host);
  client.set_optional("DefaultAPIVersion", "");
  client.set("Context", "default");
  server.set_optional("MinAPIVersion", "");
  server.set("KernelVersion", kernel.release);
  server.set("Experimental", false);
  Value engine = Value::record({{"Name", "Engine"}, {"Version", CCOCKER_VERSION}, {"Details", Value::map()}});
  server.set("Components", Value::list({std::move(engine)}));
  return Value::record({{"Client", std::move(client)},
                        {"Server", std::move(server)},
                        {"Version", CCOCKER_VERSION},
                        {"Os", host.os},
                        {"Arch", host.architecture},
                        {"KernelVersion", kernel.release}});
}

std::string as_text(const Value& it) {
  std::string version = it.find("Version")->text();
  std::string platform = it.find("Os")->text() + "/" + it.find("Arch")->text();
  return fmt::format(
      "Client: ccocker\n"
      " Version:           {0}\n"
      " OS/Arch:           {1}\n"
      "\n"
      "Server: ccocker (the same program: there is no daemon)\n"
      " Engine:\n"
      "  Version:          {0}\n"
      "  OS/Arch:          {1}\n"
      "  Kernel Version:   {2}\n",
      version, platform, printable(it.find("KernelVersion")->text()));
}

}  // namespace

std::span<const Option> version_options() {
  static constexpr Option options[] = {
      {"format", 'f', Takes::text, "TEMPLATE", "json, or a template such as '{{.Server.Version}}'"},
  };
  return options;
}

int version_command(const Context&, Parsed& line) {
  Value value = gather();
  std::string format = line.flags.text("format");
  print(format.empty() ? as_text(value) : render_one(value, format));
  return 0;
}

}  // namespace ccocker::cli
