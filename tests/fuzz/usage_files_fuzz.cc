// fuzzes: runtime/usage_files
//
// What the kernel tells of a container's use: any text gives numbers and nothing worse.
#include <cstdlib>
#include <string>

#include "runtime/usage_files.h"

using namespace ccocker::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  parse_net_dev(text);
  parse_io_stat(text);
  parse_blkio(text);
  value_behind(text, "usage_usec");
  double pressure = parse_some_avg10(text);
  if (!(pressure >= 0 && pressure <= 100)) std::abort();
  return 0;
}
