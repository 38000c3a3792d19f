// clang-format off
// fuzzes: registry/image_record registry/store_json registry/digest loop/error loop/sys loop/fd
// clang-format on
#include "registry/image_record.h"

#include "loop/error.h"

using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    ImageRecord record = parse_image_record(bytes, "record.json");
    parse_image_record(format_image_record(record), "record.json");
  } catch (const ccocker::Error&) {
  }
  try {
    ImageNames names = parse_image_names(bytes, "names.json");
    for (const auto& [name, id] : names.ids) reference_of_key(name);
  } catch (const ccocker::Error&) {
  }
  return 0;
}
