// fuzzes: registry/ranges registry/text
// Headers of registries that say which bytes they have.
#include "registry/ranges.h"

#include <cstdlib>

using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view value(reinterpret_cast<const char*>(data), size);
  std::optional<ContentRange> range = parse_content_range(value);
  if (range && range->first > range->last) std::abort();
  std::optional<uint64_t> there = parse_upload_range(value);
  if (there && *there == 1) std::abort();  // 0-0 is an empty one
  return 0;
}
