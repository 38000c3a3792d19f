// fuzzes: registry/reference registry/digest loop/error
// What parses, prints; and what was printed parses to the same.
#include "registry/reference.h"

#include <cstdlib>

#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Reference reference;
  try {
    reference = parse_reference(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const Error&) {
    return 0;
  }
  if (!(parse_reference(reference.full()) == reference)) std::abort();
  if (!(parse_reference(reference.familiar()) == reference)) std::abort();
  return 0;
}
