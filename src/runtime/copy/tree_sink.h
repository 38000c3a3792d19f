#pragma once
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/copy/entry.h"

namespace ccocker::runtime {

struct Owner {
  uid_t uid;
  gid_t gid;
};

struct TreeSinkOptions {
  std::optional<Owner> owner;  // of everything that is made; the entries' own when empty
  bool top_is_there = false;   // the top is a directory that was there before: only its content is ours
  std::string label;           // how errors call the place: "container web:" or nothing
};

// Makes entries as files below ROOT/`top`. Paths are resolved as if ROOT were "/" (openat2(2), RESOLVE_IN_ROOT), so
// that no link leads out of it, and what was made is changed only through descriptors. Directories are merged with
// those that are there; other things are replaced. Errc::conflict for a directory in the place of something else and
// the reverse. The umask must be 0.
class TreeSink final : public EntrySink {
 public:
  TreeSink(FdView root, std::string top, TreeSinkOptions options);

  void begin(const CopyEntry& entry) override;
  void write(uint64_t offset, std::span<const std::byte> bytes) override;
  void end() override;
  void finish() override;

  uint64_t content_bytes() const { return content_bytes_; }

 private:
  struct Place {
    FdView parent;
    std::string name;
  };
  Place place_of(const std::string& path);
  std::string full_path(const std::string& path) const;
  Fd open_parent(const std::string& path) const;
  void make_way(const Place& place, const CopyEntry& entry) const;
  void make_directory(const Place& place, const CopyEntry& entry);
  void make_file(const Place& place);
  void make_hard_link(const Place& place, const CopyEntry& entry);
  void make_symlink(const Place& place, const CopyEntry& entry) const;
  void make_node(const Place& place, const CopyEntry& entry) const;
  void set_attributes(FdView object, const CopyEntry& entry) const;
  Owner owner_of(const CopyEntry& entry) const;
  std::string shown(const std::string& path) const { return options_.label + full_path(path); }

  FdView root_;
  std::string top_;
  TreeSinkOptions options_;
  std::string parent_path_ = "?";  // of parent_
  Fd parent_;
  CopyEntry entry_;
  Fd file_;                                                        // of the entry that is written
  std::vector<std::pair<std::string, timespec>> directory_times_;  // set last: each entry in one changes its time
  uint64_t content_bytes_ = 0;
};

// Opens `path` as if `root` were "/"; nullopt when it is not there. Links that would lead out stay inside.
std::optional<Fd> open_in_root(FdView root, const std::string& path, int flags);

}  // namespace ccocker::runtime
