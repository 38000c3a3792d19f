#include "runtime/child_process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>

#include <cerrno>
#include <cstring>

#include "runtime/child_paths.h"
#include "runtime/child_report.h"

namespace ccocker::runtime::child {
namespace {

void write_oom_score_adj(const ChildPlan& plan) {
  int fd = must_fd(plan, Step::oom_score_adj,
                   raw::call<SYS_openat>(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0));
  must(plan, Step::oom_score_adj, raw::call<SYS_write>(fd, plan.oom_score_adj, std::strlen(plan.oom_score_adj)));
  close(fd);
}

void drop_bounding_set(const ChildPlan& plan) {
  for (int capability = 0; capability <= plan.last_capability; ++capability) {
    if (plan.capabilities >> capability & 1) continue;
    long result = raw::call<SYS_prctl>(PR_CAPBSET_DROP, capability, 0, 0, 0);
    must(plan, Step::bounding_set, result, static_cast<uint32_t>(capability));
  }
}

void set_capabilities(const ChildPlan& plan, uint64_t mask) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  auto low = static_cast<uint32_t>(mask), high = static_cast<uint32_t>(mask >> 32);
  __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
  must(plan, Step::capabilities, raw::call<SYS_capset>(&header, data));
}

void become_user(const ChildPlan& plan) {
  must(plan, Step::groups, raw::call<SYS_setgroups>(plan.groups.count, plan.groups.items));
  must(plan, Step::gid, raw::call<SYS_setresgid>(plan.gid, plan.gid, plan.gid));
  // Without this the kernel takes all capabilities away when the user changes, SYS_ADMIN for the filter included.
  must(plan, Step::uid, raw::call<SYS_prctl>(PR_SET_KEEPCAPS, 1, 0, 0, 0));
  must(plan, Step::uid, raw::call<SYS_setresuid>(plan.uid, plan.uid, plan.uid));
  must(plan, Step::uid, raw::call<SYS_prctl>(PR_SET_KEEPCAPS, 0, 0, 0, 0));
}

void load_filter(const ChildPlan& plan) {
  if (plan.seccomp.len == 0) return;
  must(plan, Step::seccomp, raw::call<SYS_seccomp>(SECCOMP_SET_MODE_FILTER, 0, &plan.seccomp));
}

}  // namespace

void die_with_parent(const ChildPlan& plan) {
  must(plan, Step::setup, raw::call<SYS_prctl>(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
  pollfd socket{plan.socket, 0, 0};
  timespec at_once{};
  if (raw::call<SYS_ppoll>(&socket, 1, &at_once, nullptr, 0) > 0 && socket.revents & POLLHUP) leave(125);
}

void set_limits(const ChildPlan& plan) {
  for (uint32_t i = 0; i < plan.limits.count; ++i) {
    const PlannedLimit& limit = plan.limits.items[i];
    rlimit64 value{limit.soft, limit.hard};
    must(plan, Step::limit, raw::call<SYS_prlimit64>(0, limit.resource, &value, nullptr), i);
  }
  if (plan.oom_score_adj) write_oom_score_adj(plan);
}

void enter_working_directory(const ChildPlan& plan, int root) {
  // A new root gets what is missing; a container that runs is not changed by who enters it.
  bool entering = plan.enter_pidfd >= 0;
  int fd = must_fd(plan, Step::working_directory,
                   entering ? open_inside(root, plan.cwd) : open_or_make(root, plan.cwd, Missing::make_directory));
  must(plan, Step::working_directory, raw::call<SYS_fchdir>(fd));
  close(fd);
}

void wire_stdio(const ChildPlan& plan, int slave) {
  // The controlling terminal of the session that setsid made.
  if (slave >= 0) must(plan, Step::stdio, raw::call<SYS_ioctl>(slave, TIOCSCTTY, 0));
  for (int i = 0; i < 3; ++i) {
    int from = slave >= 0 ? slave : plan.stdio[i];
    must(plan, Step::stdio, raw::call<SYS_dup3>(from, i, 0));
  }
}

void give_up_privileges(const ChildPlan& plan) {
  constexpr uint64_t sys_admin = uint64_t{1} << CAP_SYS_ADMIN;
  uint64_t kept = plan.uid == 0 ? plan.capabilities : 0;
  bool filter_needs_admin = plan.seccomp.len > 0 && !plan.no_new_privileges;
  drop_bounding_set(plan);
  become_user(plan);
  die_with_parent(plan);
  if (plan.no_new_privileges)
    must(plan, Step::no_new_privileges, raw::call<SYS_prctl>(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  // The filter comes as late as it can: a profile need not allow what comes before it, only capset and execve.
  set_capabilities(plan, kept | (filter_needs_admin ? sys_admin : 0));
  if (!filter_needs_admin) return load_filter(plan);
  load_filter(plan);
  if (!(kept & sys_admin)) set_capabilities(plan, kept);
}

void keep_socket_through_exec(const ChildPlan& plan) {
  must(plan, Step::setup, raw::call<SYS_fcntl>(plan.socket, F_SETFD, 0));
}

void become_init_program(const ChildPlan& plan) {
  long result =
      raw::call<SYS_execveat>(plan.init_program, "", plan.init_arguments, plan.init_environment, AT_EMPTY_PATH);
  // What the program's own exec would have met, with the same arguments and the same limits.
  if (result == -E2BIG || result == -EAGAIN || result == -ENOMEM) fail_exec(plan, result);
  fail(plan, Step::init_program, result);
}

}  // namespace ccocker::runtime::child
