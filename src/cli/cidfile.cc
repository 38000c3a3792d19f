#include "cli/cidfile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "loop/sys.h"

namespace ccocker::cli {

CidFile::CidFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  try {
    file_ = sys::openat(sys::cwd(), path_, O_WRONLY | O_CREAT | O_EXCL, 0644);
  } catch (Error& error) {
    if (error.errno_value() != EEXIST) throw std::move(error).in("--cidfile");
    throw Error(Errc::conflict, fmt::format("--cidfile: {} exists already; remove it or name another file", path_));
  }
}

CidFile::~CidFile() {
  if (file_ && !written_) ::unlink(path_.c_str());
}

void CidFile::write(const std::string& id) {
  if (path_.empty()) return;
  sys::write_all(file_, id);
  written_ = true;
}

}  // namespace ccocker::cli
