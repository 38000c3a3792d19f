#pragma once
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loop/fd.h"
#include "registry/tree_writer_directories.h"
#include "registry/tree_writer_times.h"

namespace ccocker::registry {

// One entry of a layer, as its tar says it.
struct TreeEntry {
  std::string name;  // raw bytes
  mode_t mode = 0;   // type and permissions, as in stat
  uid_t uid = 0;
  gid_t gid = 0;
  uint64_t size_bytes = 0;  // of a regular file
  dev_t device = 0;
  timespec modified{};
  std::string symlink_target;
  std::string hard_link;  // the entry is another name of this one; empty when it is not
  std::vector<std::pair<std::string, std::string>> xattrs;
};

class TarRecordWriter;

// Writes a layer's entries as a tree that overlayfs can use as a lower directory. Nothing it is told to write lands
// outside `root`: parents are opened with openat2 below it, the last component is never followed. Links that an image
// puts in the way of its own later entries are followed inside the root, as Docker does with its chroot. Whiteouts
// become overlayfs's. Must run as root; the umask must be 0 (see ZeroUmask). Errors name the entry.
class TreeWriter {
 public:
  // `root` is an empty directory; `spill_dir` takes a nameless temporary file for very many directories.
  TreeWriter(FdView root, FdView spill_dir);

  // Tells `record` which files hold the entries' content, and lets it keep what later entries replace.
  void tell(TarRecordWriter& record) { record_ = &record; }

  // Starts the next entry; a regular file stays open for `write` until `end`.
  void begin(const TreeEntry& entry);
  void write(uint64_t offset, std::span<const std::byte> bytes);  // gaps become holes
  void end();
  // After the last entry: sets the directories' times, which every entry below them has changed.
  void finish();

  uint64_t content_bytes() const { return content_bytes_; }
  uint64_t entries() const { return entries_; }

 private:
  struct Place {
    OpenDirectory parent;
    std::string name;
  };
  Place place_of(std::string_view path);

  void dispatch(const TreeEntry& entry);
  void write_directory(const TreeEntry& entry);
  void begin_file(const TreeEntry& entry);
  void write_hard_link(const TreeEntry& entry);
  void write_symlink(const TreeEntry& entry);
  void write_node(const TreeEntry& entry);
  void set_root_attributes(const TreeEntry& entry);
  void finish_file();
  void set_attributes(const Place& place, const TreeEntry& entry);
  template <typename Make>
  void make_replacing(const Place& place, const char* call, Make make);
  void remove_existing(const Place& place);

  TarRecordWriter* record_ = nullptr;
  TreeDirectories directories_;
  DirectoryTimes times_;
  const TreeEntry* entry_ = nullptr;  // between begin and end
  std::string path_;                  // its clean path
  Fd file_;
  uint64_t file_end_ = 0;
  uint64_t content_bytes_ = 0;
  uint64_t entries_ = 0;
};

// The modes of a layer are its own: the caller's umask must not change them. Restored by the destructor, so that it can
// be held between two turns of the loop only.
class ZeroUmask {
 public:
  ZeroUmask();
  ZeroUmask(const ZeroUmask&) = delete;
  ZeroUmask& operator=(const ZeroUmask&) = delete;
  ~ZeroUmask();

 private:
  mode_t previous_;
};

}  // namespace ccocker::registry
