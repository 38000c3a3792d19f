#include "registry/layer_sync.h"

#include <fmt/format.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"

namespace ccocker::registry {
namespace {

// The child only makes system calls: another thread (libcurl's resolver) may hold a lock of libc's. It lets go of all
// other descriptors first: with them it would keep the locks of a parent that is killed meanwhile.
pid_t start_syncfs(FdView dir) {
  pid_t child = ::_Fork();
  if (child < 0) throw Error::sys("fork");
  if (child > 0) return child;
  ::dup2(dir.get(), 0);
  ::close_range(1, ~0U, 0);
  ::_exit(::syncfs(0) < 0 ? errno : 0);
}

}  // namespace

Task<void> sync_file_system(Fd dir) {
  pid_t child = start_syncfs(dir);
  Fd pidfd = sys::pidfd_open(child);
  io::ExitStatus status = co_await shielded(io::wait_exit(pidfd));  // a child is reaped, cancelled or not
  if (status.signaled) throw Error(Errc::failed, fmt::format("syncfs was killed by signal {}", status.value));
  if (status.value != 0) throw Error::sys("syncfs", {}, status.value);
}

}  // namespace ccocker::registry
