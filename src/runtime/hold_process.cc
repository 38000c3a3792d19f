#include "runtime/hold_process.h"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

bool has_ended(FdView pidfd) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  return sys::retry([&] { return ::poll(&ended, 1, 0); }) > 0;
}

bool belongs_to(pid_t pid, const std::string& id) {
  return sys::read_file(sys::cwd(), fmt::format("/proc/{}/cgroup", pid)).find("/" + id) != std::string::npos;
}

}  // namespace

std::optional<Fd> hold_process(const Container& it, const std::function<void(pid_t)>& open) {
  if (it.pid == 0) return std::nullopt;
  try {
    Fd pidfd = sys::pidfd_open(it.pid);
    if (open) open(it.pid);
    // In this order: while it has not ended, the number was its own all the time.
    if (belongs_to(it.pid, it.id) && !has_ended(pidfd)) return pidfd;
  } catch (const Error& error) {
    if (error.errno_value() != ESRCH && error.errno_value() != ENOENT) throw;
  }
  return std::nullopt;
}

Fd require_process(const Container& it, const std::function<void(pid_t)>& open) {
  std::optional<Fd> pidfd = hold_process(it, open);
  if (!pidfd) throw Error(Errc::conflict, fmt::format("container {} is not running", it.name));
  return std::move(*pidfd);
}

}  // namespace ccocker::runtime
