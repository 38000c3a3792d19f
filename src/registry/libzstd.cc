#include "registry/libzstd.h"

namespace ccocker::registry {

const LibZstd& libzstd() {
  static const LibZstd table;
  return table;
}

}  // namespace ccocker::registry
