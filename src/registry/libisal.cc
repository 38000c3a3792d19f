#include "registry/libisal.h"

namespace ccocker::registry {

const LibIsal& libisal() {
  static const LibIsal table;
  return table;
}

}  // namespace ccocker::registry
