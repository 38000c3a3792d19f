// fuzzes: runtime/launch_failure loop/error
// What a hostile image's program file can make of the sentence about why it does not run.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/launch_failure.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr int errors[] = {ENOENT, ENOEXEC, EACCES, E2BIG, ENOTDIR, EIO};
  if (size == 0) return 0;
  std::string_view head(reinterpret_cast<const char*>(data + 1), size - 1);
  ccocker::runtime::exec_failure("/program", errors[data[0] % std::size(errors)], head);
  return 0;
}
