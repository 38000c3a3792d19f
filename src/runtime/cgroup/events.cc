// The part of Cgroup that waits.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>

#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/group_dir.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

// kernfs files raise POLLPRI when their content has changed since this descriptor last read it (cgroups(7)).
bool reread(FdView file, std::string& text) {
  std::array<char, 512> buffer;
  ssize_t count = sys::retry([&] { return ::pread(file.get(), buffer.data(), buffer.size(), 0); });
  if (count < 0 && errno == ENODEV) return false;  // the group is gone
  if (count < 0) throw Error::sys("pread", "a cgroup events file");
  text.assign(buffer.data(), static_cast<size_t>(count));
  return true;
}

Task<void> wait_unpopulated(FdView group) {
  Fd events = sys::openat(group, "cgroup.events", O_RDONLY);
  std::string text;
  while (reread(events, text) && text.find("populated 1") != std::string::npos) co_await io::poll(events, POLLPRI);
}

Task<void> wait_no_processes(FdView group) {
  for (std::chrono::milliseconds pause = 1ms; !group_processes(group).empty(); pause = std::min(2 * pause, 50ms))
    co_await io::sleep(pause);
}

Task<void> wait_frozen_v2(FdView group) {
  Fd events = sys::openat(group, "cgroup.events", O_RDONLY);
  std::string text;
  while (reread(events, text) && text.find("frozen 0") != std::string::npos) co_await io::poll(events, POLLPRI);
}

Task<void> wait_frozen_v1(FdView group) {
  std::string text = sys::read_file(group, "freezer.state");
  for (std::chrono::milliseconds pause = 1ms; text.starts_with("FREEZING"); pause = std::min(2 * pause, 50ms)) {
    co_await io::sleep(pause);
    text = sys::read_file(group, "freezer.state");
  }
}

Task<void> watch_v2(FdView group, std::function<void()> on_oom) {
  Fd events = sys::openat(group, "memory.events", O_RDONLY);
  uint64_t seen = keyed_number(group, "memory.events", "oom_kill").value_or(0);
  for (std::string text; reread(events, text);) {
    uint64_t now = keyed_number(group, "memory.events", "oom_kill").value_or(0);
    if (now > seen) on_oom();
    seen = now;
    co_await io::poll(events, POLLPRI);
  }
}

// v1 signals an eventfd when the group runs out of memory, just before the kernel chooses whom to kill, and once when
// the group is removed (memcg documentation, section 9).
Task<void> watch_v1(FdView group, std::function<void()> on_oom) {
  constexpr unsigned looks_max = 40;
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw Error::sys("eventfd");
  Fd control = sys::openat(group, "memory.oom_control", O_RDONLY);
  sys::write_kernel_file(group, "cgroup.event_control", fmt::format("{} {}", event.get(), control.get()));
  uint64_t seen = keyed_number(group, "memory.oom_control", "oom_kill").value_or(0);
  if (seen > 0) on_oom();
  for (;;) {
    co_await io::poll(event, POLLIN);
    uint64_t count = 0;
    static_cast<void>(sys::retry([&] { return ::read(event.get(), &count, sizeof count); }));
    uint64_t now = seen;
    for (unsigned look = 0; look < looks_max; ++look) {
      now = keyed_number(group, "memory.oom_control", "oom_kill").value_or(seen);
      if (now > seen) break;
      co_await io::sleep(5ms);
    }
    if (now > seen) on_oom();
    seen = now;
  }
}

}  // namespace

Task<void> Cgroup::watch_oom(std::function<void()> on_oom) {
  const V1Group* memory = v1("memory");
  bool v2_memory = !memory && v2_ && ::faccessat(v2_.get(), "memory.events", R_OK, 0) == 0;
  if (memory)
    co_await watch_v1(memory->dir, std::move(on_oom));
  else if (v2_memory)
    co_await watch_v2(v2_, std::move(on_oom));
}

Task<void> Cgroup::wait_empty(std::chrono::milliseconds limit) {
  if (!populated()) co_return;
  Task<void> waiting = v2_ ? wait_unpopulated(v2_) : wait_no_processes(tracker());
  co_await timeout(limit, std::move(waiting));
}

Task<void> Cgroup::wait_frozen(std::chrono::milliseconds limit) {
  Task<void> waiting = v2_ ? wait_frozen_v2(v2_) : wait_frozen_v1(v1("freezer")->dir);
  co_await timeout(limit, std::move(waiting));
}

Task<void> Cgroup::remove() {
  co_await wait_empty(empty_wait_ms_max);
  // The last task is unhashed a moment before its group counts as free.
  constexpr unsigned attempts_max = 100;
  for (unsigned attempt = 0; attempt < attempts_max; ++attempt) {
    if (try_remove()) co_return;
    co_await io::sleep(5ms);
  }
  throw Error(Errc::conflict, "the control group " + parent_ + "/" + id_ + " stays busy and could not be removed");
}

Task<void> Cgroup::clean(std::string parent, std::string id) {
  std::optional<Cgroup> group = open(parent, id);
  if (!group) co_return remove_parents(parent);  // its maker or remover was killed between the two
  if (group->populated()) group->kill();
  co_await group->remove();
}

}  // namespace ccocker::runtime
