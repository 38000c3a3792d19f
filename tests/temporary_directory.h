#pragma once
#include <string>

#include "loop/fd.h"

namespace ccocker {

// A directory of its own below $TMPDIR (or /tmp), mode 0700, removed with all it holds.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }
  FdView fd() const { return fd_; }

 private:
  std::string path_;
  Fd fd_;
};

}  // namespace ccocker
