#include "runtime/net/host_lock.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "loop/io.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

// One for all roots. Only root can open it: a lock on what others may read can be taken by them, too (flock(2)).
constexpr const char* lock_file = "/run/ccocker.lock";
constexpr std::chrono::seconds turn_wait_max{30};

}  // namespace

Task<Fd> hold_host_networks() {
  Fd file = sys::openat(sys::cwd(), lock_file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  auto begin = std::chrono::steady_clock::now();
  for (std::chrono::milliseconds pause = 1ms; !sys::try_lock(file); pause = std::min(2 * pause, 20ms)) {
    if (std::chrono::steady_clock::now() - begin > turn_wait_max)
      throw Error(Errc::timed_out,
                  fmt::format("another ccocker has held {} for {} seconds, and networks of this host are made and "
                              "removed one at a time; try again, or end the process that 'fuser {}' names",
                              lock_file, turn_wait_max.count(), lock_file));
    co_await io::sleep(pause);
  }
  co_return file;
}

}  // namespace ccocker::runtime
