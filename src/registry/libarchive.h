#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <memory>
#include <string>

#include "loop/dynamic_library.h"

namespace ccocker::registry {

// libarchive's functions that this project calls, bound on first use.
struct LibArchive {
  DynamicLibrary library{"libarchive.so.13", "libarchive13"};
#define CCOCKER_BIND(name) decltype(&archive_##name) name = library.symbol<decltype(&archive_##name)>("archive_" #name)
  CCOCKER_BIND(read_new);
  CCOCKER_BIND(read_free);
  CCOCKER_BIND(read_support_format_tar);
  CCOCKER_BIND(read_support_format_empty);
  CCOCKER_BIND(read_support_format_raw);
  CCOCKER_BIND(read_support_filter_bzip2);
  CCOCKER_BIND(read_support_filter_xz);
  CCOCKER_BIND(read_open);
  CCOCKER_BIND(read_next_header);
  CCOCKER_BIND(read_data_block);
  CCOCKER_BIND(filter_count);
  CCOCKER_BIND(error_string);
  CCOCKER_BIND(set_error);
  CCOCKER_BIND(entry_pathname);
  CCOCKER_BIND(entry_hardlink);
  CCOCKER_BIND(entry_symlink);
  CCOCKER_BIND(entry_mode);
  CCOCKER_BIND(entry_uid);
  CCOCKER_BIND(entry_gid);
  CCOCKER_BIND(entry_size);
  CCOCKER_BIND(entry_rdev);
  CCOCKER_BIND(entry_mtime);
  CCOCKER_BIND(entry_mtime_nsec);
  CCOCKER_BIND(entry_xattr_reset);
  CCOCKER_BIND(entry_xattr_next);
#undef CCOCKER_BIND
};
const LibArchive& libarchive();

struct FreeArchiveReader {
  void operator()(archive* reader) const { libarchive().read_free(reader); }
};
using ArchiveReader = std::unique_ptr<archive, FreeArchiveReader>;
ArchiveReader new_archive_reader();

// What libarchive says is wrong, in one line.
std::string archive_error(archive* reader);
[[noreturn]] void throw_unreadable_tar(archive* reader);  // Errc::corrupt, with that

// libarchive converts names to the thread's locale. As long as this lives it is a UTF-8 one, in which names that are
// valid UTF-8 stay what they are and others are handed over as raw bytes. The process's own locale is not touched.
class Utf8Locale {
 public:
  Utf8Locale();
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale();

 private:
  locale_t previous_;
};

}  // namespace ccocker::registry
