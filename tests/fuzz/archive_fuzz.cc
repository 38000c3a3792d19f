// clang-format off
// fuzzes: registry/archive registry/archive_manifest registry/store_json registry/tree_writer_path registry/digest loop/error loop/sys loop/fd
// clang-format on
#include "registry/archive.h"

#include <sys/mman.h>

#include "loop/error.h"
#include "loop/sys.h"

using namespace ccocker;
using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    parse_saved_images(bytes);
  } catch (const Error&) {
  }
  try {
    Fd file(::memfd_create("archive", MFD_CLOEXEC));
    sys::write_all(file, bytes);
    ArchiveFiles files = ArchiveFiles::of_tar(std::move(file));
    for (const char* name : {"manifest.json", "index.json", "a"}) files.read(name, 1 << 20);
  } catch (const Error&) {
  }
  return 0;
}
