// Docker's default profile: what it allows, and on which conditions. Everything else fails with EPERM, except system
// calls newer than this table, which fail with ENOSYS (seccomp.cc), so that programs fall back.
#include <linux/capability.h>

#include <array>
#include <sstream>

#include "runtime/seccomp_profile.h"

namespace ccocker::runtime {
namespace {

constexpr const char* always =
    "accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chown32 clock_adjtime "
    "clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep "
    "clock_nanosleep_time64 close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 "
    "epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit "
    "exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 "
    "fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat "
    "fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait "
    "futex_waitv futex_wake futimesat getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid "
    "getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom "
    "getresgid getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname getsockopt "
    "get_thread_area gettid gettimeofday getuid getuid32 getxattr inotify_add_watch inotify_init inotify_init1 "
    "inotify_rm_watch io_cancel ioctl io_destroy io_getevents io_pgetevents io_pgetevents_time64 ioprio_get ioprio_set "
    "io_setup io_submit ipc kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 "
    "lgetxattr link linkat listen listxattr llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 madvise "
    "map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall "
    "mmap mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
    "mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap "
    "name_to_handle_at nanosleep newfstatat _newselect open openat openat2 pause pidfd_open pidfd_send_signal pipe "
    "pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 "
    "process_mrelease process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 pwritev pwritev2 "
    "read readahead readlink readlinkat readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages "
    "removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask "
    "rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo "
    "sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler "
    "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
    "sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 send sendfile "
    "sendfile64 sendmmsg sendmsg sendto setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 "
    "setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
    "setreuid32 setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address setuid setuid32 setxattr "
    "shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn socketcall socketpair "
    "splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time "
    "timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 "
    "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate "
    "truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime utimensat utimensat_time64 utimes vfork "
    "vmsplice wait4 waitid waitpid write writev";

struct ForCapability {
  int capability;
  const char* names;
};
constexpr ForCapability with_capability[] = {
    {CAP_DAC_READ_SEARCH, "open_by_handle_at"},
    {CAP_SYS_ADMIN,
     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount "
     "open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare"},
    {CAP_SYS_BOOT, "reboot"},
    {CAP_SYS_CHROOT, "chroot"},
    {CAP_SYS_MODULE, "delete_module init_module finit_module"},
    {CAP_SYS_PACCT, "acct"},
    {CAP_SYS_PTRACE, "kcmp pidfd_getfd process_madvise"},
    {CAP_SYS_RAWIO, "iopl ioperm"},
    {CAP_SYS_TIME, "settimeofday stime clock_settime clock_settime64"},
    {CAP_SYS_TTY_CONFIG, "vhangup"},
    {CAP_SYS_NICE, "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    {CAP_SYSLOG, "syslog"},
    {CAP_BPF, "bpf"},
    {CAP_PERFMON, "perf_event_open"},
};

struct ForArchitecture {
  const char* architecture;
  const char* names;
  const char* others;  // the architectures a 64-bit kernel runs beside its own
};
constexpr ForArchitecture with_architecture[] = {
    {"amd64", "arch_prctl modify_ldt", "SCMP_ARCH_X86 SCMP_ARCH_X32"},
    {"arm64", "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls", "SCMP_ARCH_ARM"},
    {"riscv64", "riscv_flush_icache", ""},
};

// PER_LINUX, PER_LINUX32, UNAME26, both, and the query.
constexpr uint64_t personalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};
constexpr uint64_t af_vsock = 40;
constexpr uint64_t clone_namespace_flags = 0x7e020000;  // CLONE_NEW*, all but CLONE_NEWTIME, which clone(2) cannot take
constexpr uint32_t error_enosys = 38, error_eperm = 1;

std::vector<std::string> words(const char* text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) all.push_back(word);
  return all;
}

SeccompRule allow(std::vector<std::string> names, std::vector<SeccompArgument> arguments = {}) {
  return {std::move(names), "SCMP_ACT_ALLOW", std::nullopt, std::move(arguments)};
}

void add_clone_rules(SeccompProfile& profile) {
  profile.rules.push_back(allow({"clone"}, {{0, "SCMP_CMP_MASKED_EQ", clone_namespace_flags, 0}}));
  // A filter cannot see behind clone3's pointer; with ENOSYS, libc falls back to clone.
  profile.rules.push_back({{"clone3"}, "SCMP_ACT_ERRNO", error_enosys, {}});
}

}  // namespace

SeccompProfile default_seccomp_profile(const SeccompConditions& conditions) {
  SeccompProfile profile{"SCMP_ACT_ERRNO", error_eperm, {}, {}};
  profile.rules.push_back(allow(words(always)));
  for (uint64_t value : personalities) profile.rules.push_back(allow({"personality"}, {{0, "SCMP_CMP_EQ", value, 0}}));
  profile.rules.push_back(allow({"socket"}, {{0, "SCMP_CMP_NE", af_vsock, 0}}));
  for (const ForArchitecture& it : with_architecture) {
    if (conditions.architecture != it.architecture) continue;
    profile.rules.push_back(allow(words(it.names)));
    profile.architectures = words(it.others);
  }
  for (const ForCapability& it : with_capability)
    if (conditions.capabilities >> it.capability & 1) profile.rules.push_back(allow(words(it.names)));
  if (!(conditions.capabilities >> CAP_SYS_ADMIN & 1)) add_clone_rules(profile);
  return profile;
}

}  // namespace ccocker::runtime
