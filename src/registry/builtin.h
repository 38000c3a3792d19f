#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "registry/digest.h"
#include "registry/reference.h"

namespace ccocker::registry {

class TreeWriter;

// The image carried inside the program, made by cmake/builtin_image.cmake. Its digests are the build's: nothing of it
// is hashed or decompressed here, so that it needs no library.
struct BuiltinImage {
  std::string config;
  Digest id, diff_id;
  std::span<const std::byte> tar;  // plain ustar, one layer
};
BuiltinImage builtin_image();
Reference builtin_reference();  // builtin/busybox:latest

// Writes a tar that our own build made: ustar's files, directories and symbolic links and nothing else. Gives the bytes
// of the content. Errc::corrupt for any other tar.
void unpack_plain_ustar(std::span<const std::byte> tar, TreeWriter& writer);

}  // namespace ccocker::registry
