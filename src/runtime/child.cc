#include "runtime/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "runtime/child_mounts.h"
#include "runtime/child_process.h"
#include "runtime/child_report.h"
#include "runtime/child_terminal.h"

namespace ccocker::runtime {
namespace {

using namespace child;

struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

// clone3 cleared handlers, not signals the caller ignored (nohup, our own SIGPIPE), and exec would pass those on.
void reset_signals() {
  KernelSigaction standard{};
  for (int signal = 1; signal <= 64; ++signal)
    raw::call<SYS_rt_sigaction>(signal, &standard, nullptr, sizeof standard.mask);
  uint64_t none = 0;
  raw::call<SYS_rt_sigprocmask>(SIG_SETMASK, &none, nullptr, sizeof none);
}

// Keys of the caller's session are none of the container's. A kernel, or a filter around us, may have no keyrings.
void leave_keyring(const ChildPlan& plan) {
  long result = raw::call<SYS_keyctl>(KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
  if (result != -ENOSYS && result != -EPERM) must(plan, Step::setup, result);
}

void begin(const ChildPlan& plan) {
  close(plan.parent_end);
  die_with_parent(plan);
  // A process of the container could look into us, and at the host's ccocker, as soon as we are in its namespaces; not
  // being dumpable denies it until exec (ptrace(2), "Ptrace access mode checking").
  must(plan, Step::setup, raw::call<SYS_prctl>(PR_SET_DUMPABLE, 0, 0, 0, 0));
  leave_keyring(plan);
  reset_signals();
  must(plan, Step::setup, raw::call<SYS_setsid>());
  // Descriptors that our caller left open without O_CLOEXEC must not reach the program; ours have the flag anyway.
  // (Kernels before 5.11 do not know CLOSE_RANGE_CLOEXEC.)
  raw::call<SYS_close_range>(3u, ~0u, CLOSE_RANGE_CLOEXEC);
  raw::call<SYS_umask>(0);
}

void join_cgroups(const ChildPlan& plan) {
  for (uint32_t i = 0; i < plan.v1_tasks.count; ++i)
    must(plan, Step::join_cgroup, raw::call<SYS_write>(plan.v1_tasks.items[i], "0", 1), i);
}

void bring_up_loopback(const ChildPlan& plan) {
  int socket = must_fd(plan, Step::loopback, raw::call<SYS_socket>(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  must(plan, Step::loopback, raw::call<SYS_ioctl>(socket, SIOCSIFFLAGS, &request));
  close(socket);
}

void wait_for_parent(const ChildPlan& plan) {
  char go = 0;
  long count;
  do count = raw::call<SYS_read>(plan.socket, &go, 1);
  while (count == -EINTR);
  if (count == 0) leave(125);  // the parent gave up
  must(plan, Step::wait_for_parent, count);
}

// The slave of a new pty of what is mounted at /dev; -1 when none is planned.
int open_planned_terminal(const ChildPlan& plan) {
  if (!plan.terminal) return -1;
  int dev =
      must_fd(plan, Step::open_terminal, raw::call<SYS_openat>(AT_FDCWD, "/dev", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
  int slave = open_terminal(plan, dev);
  close(dev);
  return slave;
}

int make_root(const ChildPlan& plan, uint64_t* moments) {
  // After joining the groups: they become the root of what the namespace shows.
  if (plan.new_cgroup_namespace) must(plan, Step::cgroup_namespace, raw::call<SYS_unshare>(CLONE_NEWCGROUP));
  if (plan.own_loopback) bring_up_loopback(plan);
  enter_root(plan);
  moments[static_cast<size_t>(Moment::root)] = now_ns();
  int null_device = mount_kernel_filesystems(plan);
  attach_planned_mounts(plan);
  if (plan.hostname) must(plan, Step::hostname, raw::call<SYS_sethostname>(plan.hostname, std::strlen(plan.hostname)));
  write_sysctls(plan);
  seal_paths(plan, null_device);
  return open_planned_terminal(plan);
}

int enter_container(const ChildPlan& plan) {
  must(plan, Step::enter_namespaces, raw::call<SYS_setns>(plan.enter_pidfd, plan.enter_namespaces));
  return open_planned_terminal(plan);
}

int open_entered_root(const ChildPlan& plan) {
  return must_fd(plan, Step::enter_namespaces,
                 raw::call<SYS_openat>(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
}

}  // namespace

void run_child(const ChildPlan& plan) {
  uint64_t moments[static_cast<size_t>(Moment::count_)] = {};
  moments[static_cast<size_t>(Moment::born)] = now_ns();
  bool entering = plan.enter_pidfd >= 0;
  begin(plan);
  join_cgroups(plan);
  int slave = entering ? enter_container(plan) : make_root(plan, moments);
  enter_working_directory(plan, entering ? open_entered_root(plan) : plan.root);
  if (!entering) seal_root(plan);
  moments[static_cast<size_t>(Moment::mounts)] = now_ns();
  set_limits(plan);
  wire_stdio(plan, slave);
  raw::call<SYS_umask>(plan.umask);
  wait_for_parent(plan);
  moments[static_cast<size_t>(Moment::ready)] = now_ns();
  report_ready(plan, moments);
  keep_socket_through_exec(plan);
  give_up_privileges(plan);
  become_init_program(plan);
}

}  // namespace ccocker::runtime
