// fuzzes: runtime/volume_name loop/error
// A volume's name that is taken never leads to another directory.
#include <cstdlib>

#include "loop/error.h"
#include "runtime/volume_name.h"

using namespace ccocker;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string name(reinterpret_cast<const char*>(data), size);
  try {
    if (runtime::checked_volume_name(name) != name) std::abort();
    bool leads_away =
        name.find('/') != name.npos || name.find('\0') != name.npos || name.starts_with('.') || name.size() > 255;
    if (leads_away) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
