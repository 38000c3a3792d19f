// fuzzes: registry/manifest registry/manifest_json registry/platform registry/text registry/digest loop/error
// Documents of registries: nothing but Error comes out, and what is chosen from an index belongs to it.
#include "registry/manifest.h"

#include <cstdlib>

#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    parse_image_config(bytes);
  } catch (const Error&) {
  }
  try {
    ManifestDocument document = parse_manifest(bytes, media_type::oci_index);
    if (const Index* index = std::get_if<Index>(&document)) {
      const IndexEntry& entry = choose_platform(*index, {"linux", "arm", "v7"});
      if (&entry < index->entries.data() || &entry >= index->entries.data() + index->entries.size()) std::abort();
      if (entry.descriptor.digest.empty()) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
