#include "runtime/descriptor_limit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <utility>

#include "loop/sys.h"
#include "runtime/notice.h"

namespace ccocker::runtime {
namespace {

std::optional<Rlimit> before;
Fd reserve;  // for saying that they are gone: a log file may have to be opened for it

std::string why_gone(int errnum) {
  if (errnum == ENFILE) return "this host has as many files open as it may (sysctl fs.file-max)";
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return fmt::format("the container's supervisor has no more descriptors for them; raise its limit ({}, ulimit -Hn)",
                     limit.rlim_cur);
}

void say_once(int errnum) {
  static bool said = false;
  if (std::exchange(said, true)) return;
  reserve.reset();
  notice("connections to published ports wait: " + why_gone(errnum));
}

}  // namespace

void raise_descriptor_limit() {
  if (!reserve) reserve = sys::openat(sys::cwd(), "/dev/null", O_RDONLY);
  rlimit limit;
  if (before || ::getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max) return;
  Rlimit had{RLIMIT_NOFILE, limit.rlim_cur, limit.rlim_max};
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) before = had;  // else fewer connections have to do
}

std::optional<Rlimit> descriptor_limit_before() { return before; }

bool are_descriptors_gone(int errnum) {
  bool gone = errnum == EMFILE || errnum == ENFILE;
  if (gone) say_once(errnum);
  return gone;
}

}  // namespace ccocker::runtime
