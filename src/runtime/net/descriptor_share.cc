#include "runtime/net/descriptor_share.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "runtime/descriptor_limit.h"

namespace ccocker::runtime {
namespace {

constexpr int reserved_max = 64;
constexpr int connection_descriptors = 4;  // two sockets and a pipe

// Of this process, now: it may be changed from outside (prlimit(1)).
int descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int>::max()));
}

bool is_below(int bound, FdView fd) {
  if (fd.get() < bound) return true;
  are_descriptors_gone(EMFILE);
  return false;
}

Fd duplicate(FdView fd) { return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

}  // namespace

DescriptorShare::DescriptorShare(FdView any) {
  Fd lowest = duplicate(any);
  lowest_free_ = lowest ? lowest.get() : descriptor_limit();
}

// Half of what was free where the limit is small, but never all that one connection needs.
int DescriptorShare::reserved(int limit) const {
  int free = limit - lowest_free_;
  return std::max(std::min({reserved_max, free / 2, free - connection_descriptors}), 0);
}

bool DescriptorShare::covers(FdView fd) const {
  int limit = descriptor_limit();
  return is_below(limit - reserved(limit), fd);
}

bool DescriptorShare::covers_next(FdView any) const {
  Fd next = duplicate(any);
  if (!next) return !are_descriptors_gone(errno);
  return covers(next);
}

bool DescriptorShare::covers(const sys::Pipe& pipe) const {
  int limit = descriptor_limit();
  int bound = limit - reserved(limit) / 2;
  return is_below(bound, pipe.read_end) && is_below(bound, pipe.write_end);
}

}  // namespace ccocker::runtime
