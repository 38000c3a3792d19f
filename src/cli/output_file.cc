#include "cli/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "loop/sys.h"

namespace ccocker::cli {
namespace {

bool is_special(const std::string& path) {
  std::optional<struct stat> status = sys::stat_if_exists(sys::cwd(), path);
  if (status && S_ISDIR(status->st_mode))
    throw Error(Errc::invalid, fmt::format("-o {}: it is a directory; give a file", path));
  return status && !S_ISREG(status->st_mode);
}

}  // namespace

OutputFile::OutputFile(const std::string& path, const std::string& command) : path_(path) {
  if (path.empty()) {
    if (is_terminal(Stream::out))
      throw Error(Errc::invalid,
                  fmt::format("cowardly refusing to {} to a terminal: use -o or redirect standard output", command));
    fd_ = sys::dup(FdView(STDOUT_FILENO));
    return;
  }
  try {
    if (is_special(path)) {
      fd_ = sys::openat(sys::cwd(), path, O_WRONLY);
      return;
    }
    std::string temporary = fmt::format("{}.ccocker-{}", path, ::getpid());
    fd_ = sys::openat(sys::cwd(), temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    temporary_ = std::move(temporary);
  } catch (Error& error) {
    throw std::move(error).in("-o");
  }
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::finish() {
  if (temporary_.empty()) return;
  sys::renameat(sys::cwd(), temporary_, sys::cwd(), path_);
  temporary_.clear();
}

}  // namespace ccocker::cli
