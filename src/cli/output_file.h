#pragma once
// Where a command writes an archive to: -o FILE, which appears whole or not at all, or standard output.
#include <string>

#include "loop/fd.h"

namespace ccocker::cli {

class OutputFile {
 public:
  // `path` empty: standard output; Errc::invalid when that is a terminal, with what `command` is called. A regular file
  // is made under a temporary name beside it (0600); what is no regular file (/dev/null, a pipe) is written directly.
  OutputFile(const std::string& path, const std::string& command);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();  // removes what was not finished

  FdView fd() const { return fd_; }
  void finish();  // the file gets its name

 private:
  std::string path_, temporary_;
  Fd fd_;
};

}  // namespace ccocker::cli
