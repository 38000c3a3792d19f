#include "registry/platform.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <bit>

#include "loop/error.h"
#include "registry/text.h"

namespace ccocker::registry {
namespace {

constexpr std::string_view known_systems[] = {"linux",     "windows", "darwin",  "freebsd", "netbsd",
                                              "openbsd",   "solaris", "illumos", "aix",     "android",
                                              "dragonfly", "js",      "wasip1",  "plan9",   "macos"};

struct MachineName {
  std::string_view name, architecture, variant;
};
// Kernel and distribution names of architectures, and what Go calls them.
constexpr MachineName machine_names[] = {
    {"x86_64", "amd64", ""},    {"x86-64", "amd64", ""},
    {"amd64", "amd64", ""},     {"i386", "386", ""},
    {"i486", "386", ""},        {"i586", "386", ""},
    {"i686", "386", ""},        {"386", "386", ""},
    {"aarch64", "arm64", ""},   {"arm64", "arm64", ""},
    {"armhf", "arm", "v7"},     {"armel", "arm", "v6"},
    {"armv8l", "arm", "v8"},    {"armv7l", "arm", "v7"},
    {"armv7", "arm", "v7"},     {"armv6l", "arm", "v6"},
    {"armv6", "arm", "v6"},     {"armv5tel", "arm", "v5"},
    {"armv5tejl", "arm", "v5"}, {"armv5l", "arm", "v5"},
    {"arm", "arm", ""},         {"ppc64le", "ppc64le", ""},
    {"ppc64", "ppc64", ""},     {"s390x", "s390x", ""},
    {"riscv64", "riscv64", ""}, {"mips64le", "mips64le", ""},
    {"mipsle", "mipsle", ""},   {"loongarch64", "loong64", ""},
    {"loong64", "loong64", ""}, {"wasm", "wasm", ""},
    {"mips", "mips", ""},       {"mips64", "mips64", ""},
};

const MachineName* find_machine(std::string_view name) {
  auto found = std::ranges::find(machine_names, name, &MachineName::name);
  return found == std::end(machine_names) ? nullptr : &*found;
}

bool is_system(std::string_view name) { return std::ranges::find(known_systems, name) != std::end(known_systems); }

std::string normal_variant(const std::string& architecture, std::string variant) {
  if (variant.size() == 1 && variant[0] >= '0' && variant[0] <= '9') variant.insert(0, "v");
  if (architecture == "arm64" && variant == "v8") return {};
  if (architecture == "amd64" && variant == "v1") return {};
  if (architecture == "arm" && variant.empty()) return "v7";
  return variant;
}

bool is_name(std::string_view text) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

std::vector<std::string> split_parts(const std::string& text) {
  std::vector<std::string> parts;
  std::string low = lower(text);
  for (size_t start = 0;;) {
    size_t slash = low.find('/', start);
    parts.push_back(low.substr(start, slash - start));
    if (slash == std::string::npos) return parts;
    start = slash + 1;
  }
}

}  // namespace

std::string Platform::str() const {
  return fmt::format("{}/{}{}{}", os, architecture, variant.empty() ? "" : "/", variant);
}

Platform normalize(Platform platform) {
  platform.os = lower(platform.os);
  if (platform.os == "macos") platform.os = "darwin";
  platform.architecture = lower(platform.architecture);
  platform.variant = lower(platform.variant);
  if (const MachineName* machine = find_machine(platform.architecture)) {
    platform.architecture = machine->architecture;
    if (platform.variant.empty()) platform.variant = machine->variant;
  }
  platform.variant = normal_variant(platform.architecture, platform.variant);
  return platform;
}

Platform platform_of_machine(std::string_view machine) {
  std::string name(machine);
  // uname says "mips64" whatever the byte order is.
  if (machine.starts_with("mips") && std::endian::native == std::endian::little) name += "le";
  return normalize({"linux", name, ""});
}

Platform host_platform() {
  utsname names;
  if (::uname(&names) != 0) throw Error::sys("uname");
  return platform_of_machine(names.machine);
}

Platform parse_platform(const std::string& text) {
  std::vector<std::string> parts = split_parts(text);
  if (parts.size() > 3 || !std::ranges::all_of(parts, is_name))
    throw Error(Errc::invalid, fmt::format("platform \"{}\" should read os[/arch[/variant]], as linux/arm64", text));
  if (parts.size() > 1) return normalize({parts[0], parts[1], parts.size() == 3 ? parts[2] : std::string()});
  if (is_system(parts[0])) {
    Platform host = host_platform();
    return normalize({parts[0], host.architecture, host.variant});
  }
  if (find_machine(parts[0])) return normalize({"linux", parts[0], ""});
  throw Error(Errc::invalid,
              fmt::format("platform \"{}\" is neither an operating system nor an architecture; try linux/amd64", text));
}

std::vector<std::string> variants_that_run(const Platform& platform) {
  std::vector<std::string> variants = {platform.variant};
  const std::string& variant = platform.variant;
  // Later revisions run what was built for earlier ones; below arm/v5 there is nothing, the others end without a
  // variant.
  char first = platform.architecture == "arm" ? '5' : '1';
  if (variant.size() == 2 && variant[0] == 'v' && variant[1] > first && variant[1] <= '9')
    for (char digit = static_cast<char>(variant[1] - 1); digit >= first; --digit) {
      std::string older = normal_variant(platform.architecture, {'v', digit});
      variants.push_back(older);
      if (older.empty()) return variants;
    }
  if (platform.architecture != "arm" && !variant.empty()) variants.emplace_back();
  return variants;
}

bool runs_on(const Platform& image, const Platform& wanted) {
  Platform offered = normalize(image), machine = normalize(wanted);
  if (offered.os.empty() && offered.architecture.empty()) return true;
  if (offered.os != machine.os || offered.architecture != machine.architecture) return false;
  std::vector<std::string> variants = variants_that_run(machine);
  return std::ranges::find(variants, offered.variant) != variants.end();
}

}  // namespace ccocker::registry
