#include <sys/utsname.h>

#include "cli/command.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "registry/image.h"

namespace ccocker::cli {

std::span<const Option> version_options() {
  static constexpr Option options[] = {
      {"format", 'f', Takes::text, "TEMPLATE", "json, or a template such as '{{.Version}}'"},
  };
  return options;
}

int version_command(const Context&, Parsed& line) {
  if (!line.flags.has("format")) {
    print("ccocker version " CCOCKER_VERSION "\n");
    return 0;
  }
  constexpr Heading headings[] = {
      {"Version", "VERSION"}, {"Os", "OS"}, {"Arch", "ARCH"}, {"KernelVersion", "KERNEL VERSION"}};
  struct utsname kernel {};
  ::uname(&kernel);
  registry::Platform host = registry::host_platform();
  Row row;
  row.fields = {
      {"Version", CCOCKER_VERSION}, {"Os", host.os}, {"Arch", host.architecture}, {"KernelVersion", kernel.release}};
  print(
      render({row}, headings, line.flags.text("format"), "table {{.Version}}\t{{.Os}}\t{{.Arch}}\t{{.KernelVersion}}"));
  return 0;
}

}  // namespace ccocker::cli
