#include "registry/tar_entry.h"

#include "registry/libarchive.h"

namespace ccocker::registry {
namespace {

void assign(std::string& to, const char* from) {
  if (from) {
    to = from;
  } else {
    to.clear();
  }
}

void read_xattrs(archive_entry* from, TreeEntry& to) {
  const LibArchive& lib = libarchive();
  to.xattrs.clear();
  if (lib.entry_xattr_reset(from) == 0) return;
  const char* name;
  const void* value;
  size_t bytes;
  while (lib.entry_xattr_next(from, &name, &value, &bytes) == ARCHIVE_OK)
    to.xattrs.emplace_back(name, std::string(static_cast<const char*>(value), bytes));
}

}  // namespace

bool is_usable_entry(int result) { return result == ARCHIVE_OK || result == ARCHIVE_WARN; }

void convert_entry(archive_entry* from, TreeEntry& to) {
  const LibArchive& lib = libarchive();
  assign(to.name, lib.entry_pathname(from));
  assign(to.hard_link, lib.entry_hardlink(from));
  assign(to.symlink_target, lib.entry_symlink(from));
  to.mode = lib.entry_mode(from);
  to.uid = static_cast<uid_t>(lib.entry_uid(from));
  to.gid = static_cast<gid_t>(lib.entry_gid(from));
  to.size_bytes = static_cast<uint64_t>(lib.entry_size(from));
  to.device = lib.entry_rdev(from);
  to.modified = {.tv_sec = lib.entry_mtime(from), .tv_nsec = lib.entry_mtime_nsec(from)};
  if (to.modified.tv_nsec < 0 || to.modified.tv_nsec > 999'999'999) to.modified.tv_nsec = 0;
  read_xattrs(from, to);
}

}  // namespace ccocker::registry
