// fuzzes: cli/mount_flags cli/options cli/suggest cli/size cli/text runtime/volume_name loop/error
//
// --mount, -v, --tmpfs and --device: whatever is accepted has clean absolute paths.
#include <cstdlib>

#include "cli/mount_flags.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

void check(const std::string& path) {
  bool clean =
      path.starts_with('/') && path.find("/../") == path.npos && path.find("//") == path.npos && !path.ends_with("/..");
  if (!clean || path.find('\0') != path.npos) std::abort();
}

template <typename Parse>
void attempt(Parse parse) {
  try {
    parse();
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([&] {
    runtime::Mount mount = parse_mount(text, "/home/me").mount;
    check(mount.destination);
    if (mount.kind == runtime::Mount::Kind::bind) check(mount.source);
  });
  attempt([&] {
    runtime::Mount mount = parse_volume(text, "/home/me").mount;
    if (mount.kind == runtime::Mount::Kind::bind) check(mount.source);
    if (mount.volume.find('/') != std::string::npos) std::abort();
    check(mount.destination);
  });
  attempt([&] {
    runtime::Mount mount = parse_tmpfs(text);
    check(mount.destination);
    if (mount.data.find_first_of(" \n\\") != std::string::npos) std::abort();
  });
  attempt([&] { check(parse_device(text).destination); });
  return 0;
}
