// fuzzes: runtime/mountinfo
//
// /proc/self/mountinfo: paths and sources in it are chosen by whoever mounts, the kernel escapes blanks in them.
#include "runtime/mountinfo.h"

#include <cstdlib>

using namespace ccocker::runtime;

namespace {

// As the kernel (fs/proc_namespace.c, mangle).
std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    const char digits[] = {'\\', static_cast<char>('0' + (c >> 6 & 3)), static_cast<char>('0' + (c >> 3 & 7)),
                           static_cast<char>('0' + (c & 7))};
    if (c == ' ' || c == '\t' || c == '\n' || c == '\\' || c == '#')
      result.append(digits, sizeof digits);
    else
      result += c;
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  find_mount(text, 42);
  std::string path = "/" + escaped(text);
  std::string lines = "41 1 8:1 " + path + " " + path + " rw master:3 - ext4 " + path + " rw\n" +  //
                      "42 1 8:1 " + path + " " + path + " rw shared:7 - ext4 " + path + " rw\n";
  std::optional<MountLine> found = find_mount(lines, 42);
  if (!found || found->mount_point != path || !found->shared || found->slave) std::abort();
  return 0;
}
