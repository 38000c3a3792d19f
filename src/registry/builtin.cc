#include "registry/builtin.h"

#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

#include "loop/error.h"
#include "registry/tar_format.h"
#include "registry/tree_writer.h"

extern "C" {
extern const std::byte ccocker_builtin_tar[];
extern const std::byte ccocker_builtin_tar_end[];
extern const char ccocker_builtin_config[];
extern const char ccocker_builtin_id[];
extern const char ccocker_builtin_diff_id[];
}

namespace ccocker::registry {
namespace {

// POSIX.1-1988 "ustar" header; text fields need not end with a zero.
struct UstarHeader {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
      user[32], group[32], device_major[8], device_minor[8], prefix[155], padding[12];
};
static_assert(sizeof(UstarHeader) == tar_block_bytes);

template <size_t bytes>
std::string text(const char (&field)[bytes]) {
  return std::string(field, ::strnlen(field, bytes));
}

template <size_t bytes>
uint64_t number(const char (&field)[bytes]) {
  return std::strtoull(text(field).c_str(), nullptr, 8);
}

mode_t type_bits(char type) {
  if (type == '0') return S_IFREG;
  if (type == '2') return S_IFLNK;
  if (type == '5') return S_IFDIR;
  throw Error(Errc::corrupt, "the built-in image has an entry that is not a file, a directory or a link");
}

TreeEntry entry_of(const UstarHeader& header) {
  TreeEntry entry;
  std::string prefix = text(header.prefix);
  entry.name = prefix.empty() ? text(header.name) : prefix + "/" + text(header.name);
  entry.mode = type_bits(header.type) | static_cast<mode_t>(number(header.mode));
  entry.size_bytes = header.type == '0' ? number(header.size) : 0;
  entry.modified.tv_sec = static_cast<time_t>(number(header.mtime));
  entry.symlink_target = text(header.link);
  return entry;
}

}  // namespace

BuiltinImage builtin_image() {
  return {.config = ccocker_builtin_config,
          .id = Digest::from_hex(ccocker_builtin_id),
          .diff_id = Digest::from_hex(ccocker_builtin_diff_id),
          .tar = {ccocker_builtin_tar, ccocker_builtin_tar_end}};
}

Reference builtin_reference() {
  return {.registry = "builtin", .repository = "busybox", .tag = "latest", .digest = {}};
}

void unpack_plain_ustar(std::span<const std::byte> tar, TreeWriter& writer) {
  ZeroUmask umask;
  while (tar.size() >= tar_block_bytes && tar[0] != std::byte{0}) {
    UstarHeader header;
    std::memcpy(&header, tar.data(), sizeof header);
    TreeEntry entry = entry_of(header);
    size_t padded = entry.size_bytes + tar_padding_bytes(entry.size_bytes);
    if (padded > tar.size() - tar_block_bytes) throw Error(Errc::corrupt, "the built-in image is cut off");
    writer.begin(entry);
    if (entry.size_bytes > 0) writer.write(0, tar.subspan(tar_block_bytes, entry.size_bytes));
    writer.end();
    tar = tar.subspan(tar_block_bytes + padded);
  }
  writer.finish();
}

}  // namespace ccocker::registry
