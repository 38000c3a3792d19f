#pragma once
#include <isa-l/igzip_lib.h>

#include "loop/dynamic_library.h"

namespace ccocker::registry {

// ISA-L's functions that this project calls, bound on first use.
struct LibIsal {
  DynamicLibrary library{"libisal.so.2", "libisal2"};
#define CCOCKER_BIND(name) decltype(&isal_##name) name = library.symbol<decltype(&isal_##name)>("isal_" #name)
  CCOCKER_BIND(deflate_init);
  CCOCKER_BIND(deflate);
  CCOCKER_BIND(inflate_init);
  CCOCKER_BIND(inflate_reset);
  CCOCKER_BIND(gzip_header_init);
  CCOCKER_BIND(read_gzip_header);
  CCOCKER_BIND(inflate);
#undef CCOCKER_BIND
};
const LibIsal& libisal();

}  // namespace ccocker::registry
