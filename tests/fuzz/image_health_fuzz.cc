// fuzzes: cli/image_health loop/error
//
// The health check that an image asks for: any text is a check or a sentence.
#include <cstdlib>

#include "cli/image_health.h"
#include "loop/error.h"

using namespace ccocker;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    runtime::HealthCheck check = cli::parse_image_health({reinterpret_cast<const char*>(data), size});
    if (check.interval_ms < 1 || check.timeout_ms < 1 || check.retries < 1) std::abort();
    if (!check.test.empty() && check.test.size() < 2) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
