/* The floor under a container start: the same system calls and nothing else, in plain C.
 *
 * floor [--no-netns] LOWER WORK [COMMAND...]   runs COMMAND (default /bin/true) in a new container and reaps it
 * floor --exec PID [COMMAND...]                one more process in the namespaces of PID
 *
 * LOWER is a root filesystem, WORK a directory for upper and work directories. What it does: an overlay as a detached
 * mount, clone3 with every namespace and a pidfd, a cgroup that the child joins, /proc, /dev, /sys, pivot_root, exec,
 * waitid, removal of the cgroup and of the upper directory. What it leaves out: everything that can go wrong.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(call)                                                    \
  ({                                                                   \
    long result_ = (long)(call);                                       \
    if (result_ < 0) {                                                 \
      fprintf(stderr, "floor: %s: %s\n", #call, strerror(errno));      \
      _exit(125);                                                      \
    }                                                                  \
    result_;                                                           \
  })

static const char* cgroup_roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids",
                                     "/sys/fs/cgroup/cpu"};

static int detached_overlay(const char* lower, const char* upper, const char* work) {
  int fs = (int)CHECK(syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC));
  CHECK(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "lowerdir", lower, 0));
  CHECK(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "upperdir", upper, 0));
  CHECK(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "workdir", work, 0));
  CHECK(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
  int mount = (int)CHECK(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0));
  close(fs);
  return mount;
}

static void device(const char* path, unsigned major_number, unsigned minor_number) {
  CHECK(mknod(path, S_IFCHR | 0666, makedev(major_number, minor_number)));
}

static void child(int root, const char* where, char** command) {
  CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
  CHECK(syscall(SYS_move_mount, root, "", AT_FDCWD, where, MOVE_MOUNT_F_EMPTY_PATH));
  CHECK(chdir(where));
  mkdir("proc", 0755), mkdir("dev", 0755), mkdir("sys", 0755);
  CHECK(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  CHECK(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=64k"));
  CHECK(mkdir("dev/pts", 0755));
  CHECK(mkdir("dev/shm", 01777));
  CHECK(mkdir("dev/mqueue", 01777));
  CHECK(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"));
  CHECK(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m"));
  CHECK(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  CHECK(mount("sysfs", "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL));
  device("dev/null", 1, 3), device("dev/zero", 1, 5), device("dev/full", 1, 7);
  device("dev/random", 1, 8), device("dev/urandom", 1, 9), device("dev/tty", 5, 0);
  CHECK(symlink("/proc/self/fd", "dev/fd"));
  CHECK(symlink("pts/ptmx", "dev/ptmx"));
  CHECK(syscall(SYS_pivot_root, ".", "."));
  CHECK(umount2(".", MNT_DETACH));
  CHECK(chdir("/"));
  CHECK(sethostname("floor", 5));
  execv(command[0], command);
  fprintf(stderr, "floor: exec %s: %s\n", command[0], strerror(errno));
  _exit(127);
}

static int reap(int pidfd) {
  struct pollfd wait = {.fd = pidfd, .events = POLLIN};
  CHECK(poll(&wait, 1, -1));
  siginfo_t info;
  CHECK(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

static long spawn(uint64_t flags, int cgroup, int* pidfd) {
  struct clone_args args = {.flags = flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
                            .pidfd = (uint64_t)(uintptr_t)pidfd,
                            .exit_signal = SIGCHLD,
                            .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0};
  return CHECK(syscall(SYS_clone3, &args, sizeof args));
}

static void remove_tree(const char* path) {
  char name[4096];
  DIR* dir = opendir(path);
  if (!dir) return;
  struct dirent* entry;
  while ((entry = readdir(dir))) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
    if (unlink(name) < 0 && rmdir(name) < 0) remove_tree(name);
  }
  closedir(dir);
  rmdir(path);
}

static int run(int argc, char** argv, int netns) {
  static char* default_command[] = {"/bin/true", NULL};
  const char* lower = argv[0];
  char base[512], upper[600], work[600], groups[5][600];
  int group_count = 0, v2 = -1;
  snprintf(base, sizeof base, "%s/floor-%d", argv[1], getpid());
  snprintf(upper, sizeof upper, "%s/upper", base);
  snprintf(work, sizeof work, "%s/work", base);
  CHECK(mkdir(base, 0700));
  CHECK(mkdir(upper, 0755));
  CHECK(mkdir(work, 0755));
  int root = detached_overlay(lower, upper, work);

  int v1[5], v1_count = 0;
  for (unsigned i = 0; i < sizeof cgroup_roots / sizeof *cgroup_roots; ++i) {
    char procs[700];
    snprintf(procs, sizeof procs, "%s/cgroup.procs", cgroup_roots[i]);
    if (access(procs, W_OK) < 0) continue;
    snprintf(groups[group_count], sizeof *groups, "%s/ccocker-floor-%d", cgroup_roots[i], getpid());
    CHECK(mkdir(groups[group_count], 0755));
    if (i < 2 && v2 < 0) {
      v2 = open(groups[group_count], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } else {
      snprintf(procs, sizeof procs, "%s/cgroup.procs", groups[group_count]);
      v1[v1_count++] = open(procs, O_WRONLY | O_CLOEXEC);
    }
    ++group_count;
  }

  int gate[2], pidfd = -1;
  CHECK(pipe2(gate, O_CLOEXEC));
  uint64_t namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | (netns ? CLONE_NEWNET : 0);
  long pid = spawn(namespaces, v2, &pidfd);
  if (pid == 0) {
    char byte;
    CHECK(read(gate[0], &byte, 1));
    child(root, base, argc > 2 ? argv + 2 : default_command);
  }
  char text[32];
  int length = snprintf(text, sizeof text, "%ld", pid);
  for (int i = 0; i < v1_count; ++i) CHECK(write(v1[i], text, (size_t)length));
  CHECK(write(gate[1], "g", 1));
  close(root);
  int status = reap(pidfd);
  for (int i = 0; i < group_count; ++i) {
    while (rmdir(groups[i]) < 0 && errno == EBUSY) usleep(100);
  }
  remove_tree(base);
  return status;
}

static int run_exec(int argc, char** argv) {
  static char* default_command[] = {"/bin/true", NULL};
  int target = (int)CHECK(syscall(SYS_pidfd_open, atoi(argv[0]), 0));
  int pidfd = -1;
  CHECK(setns(target, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP));
  if (spawn(0, -1, &pidfd) == 0) {
    char** command = argc > 1 ? argv + 1 : default_command;
    execv(command[0], command);
    _exit(127);
  }
  return reap(pidfd);
}

int main(int argc, char** argv) {
  umask(0);
  if (argc > 2 && !strcmp(argv[1], "--exec")) return run_exec(argc - 2, argv + 2);
  int netns = !(argc > 1 && !strcmp(argv[1], "--no-netns"));
  int skip = netns ? 1 : 2;
  if (argc - skip < 2) {
    fprintf(stderr, "usage: floor [--no-netns] LOWER WORK [COMMAND...] | floor --exec PID [COMMAND...]\n");
    return 125;
  }
  return run(argc - skip, argv + skip, netns);
}
