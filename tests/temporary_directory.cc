#include "temporary_directory.h"

#include <stdlib.h>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker {

TemporaryDirectory::TemporaryDirectory() {
  const char* parent = ::secure_getenv("TMPDIR");
  path_ = std::string(parent && *parent ? parent : "/tmp") + "/ccocker-XXXXXX";
  if (!::mkdtemp(path_.data())) throw Error::sys("mkdtemp", path_);
  fd_ = sys::open_dir(sys::cwd(), path_);
}

TemporaryDirectory::~TemporaryDirectory() {
  try {
    sys::remove_tree(sys::cwd(), path_);
  } catch (const Error&) {
    // A destructor has nobody to tell; what is left lies in the temporary directory.
  }
}

}  // namespace ccocker
