// clang-format off
// fuzzes: registry/tar_unpacker registry/tar_entry registry/tree_writer registry/tree_writer_directories registry/tree_writer_path registry/tree_writer_times registry/tree_writer_xattrs registry/whiteout registry/tar_record registry/tar_splitter registry/zstd_file registry/zstd_decoder registry/libzstd registry/fiber registry/libarchive loop/dynamic_library loop/error loop/sys loop/remove_tree loop/fd
// clang-format on
#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/tar_unpacker.h"
#include "registry/tree_writer.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

// A directory on tmpfs: tree/ takes what the tar says, and nothing else may appear beside it.
struct Place {
  std::string path = "/dev/shm/layer_tar_fuzz.XXXXXX";
  Fd dir;
  Place() {
    if (!::mkdtemp(path.data())) std::abort();
    dir = sys::open_dir(sys::cwd(), path);
  }
  ~Place() { sys::remove_tree(sys::cwd(), path); }
};

void unpack(FdView outer, std::span<const std::byte> tar) {
  Fd root = sys::open_dir(outer, "tree");
  TreeWriter writer(root, outer);
  TarUnpacker unpacker(writer);
  unpacker.feed(tar);
  while (!unpacker.step()) {
  }
  while (!unpacker.finish()) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Place place;
  sys::mkdirat(place.dir, "tree", 0755);
  try {
    unpack(place.dir, std::as_bytes(std::span(data, size)));
  } catch (const Error&) {
  }
  sys::remove_tree(place.dir, "tree");
  if (!sys::list_dir(place.dir).empty()) __builtin_trap();
  return 0;
}
