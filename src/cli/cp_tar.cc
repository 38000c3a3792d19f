#include "cli/cp_tar.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cli/cp_tar_names.h"
#include "loop/sys.h"
#include "registry/tar_format.h"
#include "registry/tree_writer.h"

namespace ccocker::cli {
namespace {

char tar_type(const runtime::CopyEntry& entry) {
  if (!entry.hard_link.empty()) return '1';
  switch (entry.mode & S_IFMT) {
    case S_IFLNK:
      return '2';
    case S_IFCHR:
      return '3';
    case S_IFBLK:
      return '4';
    case S_IFDIR:
      return '5';
    case S_IFIFO:
      return '6';
    default:
      return '0';
  }
}

}  // namespace

void TarSink::begin(const runtime::CopyEntry& entry) {
  registry::TarMember member;
  member.type = tar_type(entry);
  member.name = name_of(entry.path) + (member.type == '5' ? "/" : "");
  member.mode = entry.mode & 07777;
  member.uid = entry.uid;
  member.gid = entry.gid;
  member.bytes = member.type == '0' ? entry.size_bytes : 0;
  member.mtime_s = entry.modified.tv_sec;
  member.link = member.type == '1' ? name_of(entry.hard_link) : entry.link_target;
  if (member.type == '3' || member.type == '4') {
    member.major = gnu_dev_major(entry.device);
    member.minor = gnu_dev_minor(entry.device);
  }
  member.xattrs = entry.xattrs;
  size_ = member.bytes;
  written_ = 0;
  sys::write_all(to_, registry::tar_header(member));
}

void TarSink::write_zeros(uint64_t count) {
  static const std::string zeros(256u << 10, '\0');
  for (; count > 0; count -= std::min<uint64_t>(count, zeros.size()))
    sys::write_all(to_, std::string_view(zeros).substr(0, count));
}

void TarSink::write(uint64_t offset, std::span<const std::byte> bytes) {
  write_zeros(offset - written_);
  sys::write_all(to_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  written_ = offset + bytes.size();
  content_bytes_ += bytes.size();
}

void TarSink::end() {
  write_zeros(size_ - written_);  // what ends in a hole, or was cut meanwhile
  sys::write_all(to_, registry::tar_padding(size_));
}

void TarSink::finish() { sys::write_all(to_, registry::tar_end()); }

void TarEntries::begin(const registry::TreeEntry& from) {
  runtime::CopyEntry entry;
  entry.path = clean_tar_name(from.name);
  entry.mode = from.mode;
  entry.uid = from.uid;
  entry.gid = from.gid;
  entry.size_bytes = from.size_bytes;
  entry.device = from.device;
  entry.modified = from.modified;
  entry.link_target = from.symlink_target;
  if (!from.hard_link.empty()) entry.hard_link = clean_tar_name(from.hard_link);
  entry.xattrs = from.xattrs;
  to_.begin(entry);
}

}  // namespace ccocker::cli
