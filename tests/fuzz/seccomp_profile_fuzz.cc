// fuzzes: runtime/seccomp_json runtime/capabilities loop/error
// Users' seccomp profiles: nothing but Error comes out, and argument indices stay in range.
#include <cstdlib>

#include "loop/error.h"
#include "runtime/seccomp_profile.h"

using namespace ccocker;
using namespace ccocker::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    SeccompProfile profile =
        parse_seccomp_profile({reinterpret_cast<const char*>(data), size}, {0xa80425fb, "amd64", 6 << 16});
    for (const SeccompRule& rule : profile.rules)
      for (const SeccompArgument& argument : rule.arguments)
        if (argument.index > 5) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
