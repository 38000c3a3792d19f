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

// Writes the trigger; false when the kernel does not take it.
bool set_trigger(FdView file, const PressureTrigger& trigger) {
  std::string text = fmt::format("{} {} {}", trigger.full ? "full" : "some", trigger.stall_us, trigger.window_us);
  // The terminating zero belongs to it, as the kernel's own example writes it.
  ssize_t count = sys::retry([&] { return ::write(file.get(), text.c_str(), text.size() + 1); });
  if (count >= 0) return true;
  if (errno != EOPNOTSUPP && errno != EINVAL) throw Error::sys("write", trigger.resource + ".pressure");
  return false;
}

// Without CAP_SYS_RESOURCE the kernel takes windows of whole two seconds only: the next longer one, the same share.
PressureTrigger widened(PressureTrigger trigger) {
  constexpr int64_t step_us = 2'000'000;
  int64_t window_us = (trigger.window_us + step_us - 1) / step_us * step_us;
  trigger.stall_us = trigger.stall_us * window_us / trigger.window_us;
  trigger.window_us = window_us;
  return trigger;
}

}  // namespace

Fd open_pressure_trigger(FdView v2_group, const PressureTrigger& trigger) {
  if (!v2_group)
    throw no_pressure(trigger, "pressure of a container needs the cgroup v2 hierarchy; mount it, or leave it out");
  std::optional<Fd> file = sys::open_if_exists(v2_group, trigger.resource + ".pressure", O_RDWR | O_NONBLOCK);
  if (!file)
    throw no_pressure(trigger, "this kernel keeps no pressure figures (CONFIG_PSI, and psi=1 on its command line)");
  if (!set_trigger(*file, trigger) && !set_trigger(*file, widened(trigger)))
    throw no_pressure(trigger,
                      "the kernel does not take this trigger: windows are from 500ms to 10s, and cpu has no full");
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
