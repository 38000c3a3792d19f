#pragma once
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "registry/image_record.h"

namespace ccocker::registry {

// The lock for changes to images and names, across processes. Held for a few file operations, never while waiting for
// a network or removing trees. Errc::timed_out when another process does not let go.
class StoreLock {
 public:
  explicit StoreLock(FdView root);              // sleeps until it is there: for commands that do nothing else meanwhile
  static Task<StoreLock> acquire(FdView root);  // the loop goes on meanwhile

 private:
  StoreLock() = default;
  Fd dir_;
};

// A small file in one open, fstat, read and close; nullopt when it is not there.
std::optional<std::string> read_small_file(FdView root, const std::string& path);
// Replaces `path` (relative to the root) by way of staging/: after a crash it is the old or the new file, whole.
void replace_file(FdView root, const std::string& path, std::string_view bytes);

ImageNames read_names(FdView root);
void write_names(FdView root, const ImageNames& names);
std::string image_path(const Digest& id);  // "images/HEX"
std::string layer_path(const Digest& id);  // "layers/HEX"
// What a directory of the root has an entry HEX for; none where it is missing.
std::vector<Digest> list_ids(FdView root, const char* directory);

}  // namespace ccocker::registry
