#include "loop/fd.h"

#include <unistd.h>

namespace ccocker {

void Fd::reset(int fd) {
  // Linux frees the number even when close(2) fails, EINTR included, so it is never retried.
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace ccocker
