#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ccocker::registry {

constexpr size_t tar_block_bytes = 512;  // headers have one; contents are filled up to whole ones
constexpr uint64_t tar_padding_bytes(uint64_t content_bytes) {
  return (tar_block_bytes - content_bytes % tar_block_bytes) % tar_block_bytes;
}

// One entry of a tar that is written here.
struct TarMember {
  std::string name;
  char type = '0';  // ustar's: 0 file, 1 hard link, 2 symbolic link, 3 char, 4 block, 5 directory, 6 fifo
  unsigned mode = 0644;
  uint64_t uid = 0, gid = 0;
  uint64_t bytes = 0;
  int64_t mtime_s = 0;
  std::string link = {};
  unsigned major = 0, minor = 0;
  std::vector<std::pair<std::string, std::string>> xattrs = {};
};

// Its header, with a pax header before it where ustar's fields are too small or it has extended attributes (which get
// the SCHILY.xattr names that Docker and GNU tar use).
std::string tar_header(const TarMember& member);
std::string tar_padding(uint64_t content_bytes);  // zero bytes up to the next header
std::string tar_end();

}  // namespace ccocker::registry
