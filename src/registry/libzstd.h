#pragma once
#include <zstd.h>
#include <zstd_errors.h>

#include "loop/dynamic_library.h"

namespace ccocker::registry {

// Zstandard's functions that this project calls, bound on first use.
struct LibZstd {
  DynamicLibrary library{"libzstd.so.1", "libzstd1"};
#define CCOCKER_BIND(name) decltype(&ZSTD_##name) name = library.symbol<decltype(&ZSTD_##name)>("ZSTD_" #name)
  CCOCKER_BIND(createCCtx);
  CCOCKER_BIND(freeCCtx);
  CCOCKER_BIND(CCtx_setParameter);
  CCOCKER_BIND(compressStream2);
  CCOCKER_BIND(createDCtx);
  CCOCKER_BIND(freeDCtx);
  CCOCKER_BIND(DCtx_setParameter);
  CCOCKER_BIND(decompressStream);
  CCOCKER_BIND(isError);
  CCOCKER_BIND(getErrorName);
  CCOCKER_BIND(getErrorCode);
#undef CCOCKER_BIND
};
const LibZstd& libzstd();

}  // namespace ccocker::registry
