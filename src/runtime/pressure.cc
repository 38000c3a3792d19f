#include "runtime/pressure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

Error no_pressure(const PressureTrigger& trigger, const char* why) {
  return Error(Errc::unsupported, fmt::format("--on-pressure {}: {}", trigger.resource, why));
}

}  // namespace

Fd open_pressure_trigger(FdView v2_group, const PressureTrigger& trigger) {
  if (!v2_group)
    throw no_pressure(trigger, "pressure of a container needs the cgroup v2 hierarchy; mount it, or leave it out");
  std::optional<Fd> file = sys::open_if_exists(v2_group, trigger.resource + ".pressure", O_RDWR | O_NONBLOCK);
  if (!file)
    throw no_pressure(trigger, "this kernel keeps no pressure figures (CONFIG_PSI, and psi=1 on its command line)");
  std::string text = fmt::format("{} {} {}", trigger.full ? "full" : "some", trigger.stall_us, trigger.window_us);
  // The terminating zero belongs to it, as the kernel's own example writes it.
  ssize_t count = sys::retry([&] { return ::write(file->get(), text.c_str(), text.size() + 1); });
  if (count < 0 && (errno == EOPNOTSUPP || errno == EINVAL))
    throw no_pressure(trigger, "the kernel does not take this trigger: windows are from 500ms to 10s, and cpu has no full");
  if (count < 0) throw Error::sys("write", trigger.resource + ".pressure");
  return std::move(*file);
}

Task<void> watch_pressure(Fd trigger, std::function<void()> on_pressure) {
  for (;;) {
    size_t events = co_await io::poll(trigger, POLLPRI);
    if (events & POLLERR) co_return;  // the group is gone
    if (events & POLLPRI) on_pressure();
  }
}

}  // namespace ccocker::runtime
