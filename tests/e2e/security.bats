# Docker's defaults: capabilities, seccomp, masked paths, devices.
load lib

teardown() { [ -z "${made:-}" ] || "$CCOCKER" rm -f $made >/dev/null 2>&1 || true; }

box() { try run --rm builtin/busybox "$@"; }
status_line() { awk -v k="$1:" '$1 == k { print $2 }' <<<"$output"; }

@test "capabilities are Docker's fourteen, in every set but the ambient and inheritable" {
  box cat /proc/self/status
  same "$(status_line CapEff)" 00000000a80425fb
  same "$(status_line CapPrm)" 00000000a80425fb
  same "$(status_line CapBnd)" 00000000a80425fb
  same "$(status_line CapInh)" 0000000000000000
  same "$(status_line CapAmb)" 0000000000000000
}

@test "--cap-add, --cap-drop, ALL" {
  try run --rm --cap-drop ALL builtin/busybox cat /proc/self/status
  same "$(status_line CapEff)" 0000000000000000
  try run --rm --cap-drop all --cap-add net_admin builtin/busybox cat /proc/self/status
  same "$(status_line CapEff)" 0000000000001000
  try run --rm --cap-add CAP_SYS_PTRACE builtin/busybox cat /proc/self/status
  same "$(status_line CapEff)" 00000000a80c25fb
  try run --rm --cap-add NO_SUCH builtin/busybox true
  exits 125
  explains "NO_SUCH"
}

@test "another user than root has no effective capabilities" {
  try run --rm -u 1000 builtin/busybox cat /proc/self/status
  same "$(status_line CapEff)" 0000000000000000
  same "$(status_line CapBnd)" 00000000a80425fb
}

@test "seccomp is a filter, and unconfined is none" {
  box cat /proc/self/status
  same "$(status_line Seccomp)" 2
  try run --rm --security-opt seccomp=unconfined builtin/busybox cat /proc/self/status
  same "$(status_line Seccomp)" 0
}

@test "the filter denies what Docker's denies" {
  # Calls that would not fail with EPERM for lack of a capability alone: their arguments are bad on purpose.
  cat >"$BATS_TEST_TMPDIR/calls.c" <<'C'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static void call(const char* name, long number) {
  errno = 0;
  long r = syscall(number, -1L, 0L, 0L, 0L, 0L, 0L);
  printf("%s %s\n", name, r >= 0 ? "ok" : strerrorname_np(errno));
}
int main(void) {
  call("io_uring_setup", SYS_io_uring_setup);
  call("io_uring_enter", SYS_io_uring_enter);
  call("keyctl", SYS_keyctl);
  call("add_key", SYS_add_key);
  call("request_key", SYS_request_key);
  call("bpf", SYS_bpf);
  call("userfaultfd", SYS_userfaultfd);
  call("perf_event_open", SYS_perf_event_open);
  call("kexec_load", SYS_kexec_load);
  call("init_module", SYS_init_module);
  call("mount", SYS_mount);
  call("open_tree", SYS_open_tree);
  call("unshare", SYS_unshare);
  call("getpid", SYS_getpid);
  return 0;
}
C
  gcc -D_GNU_SOURCE -static -o "$BATS_TEST_TMPDIR/calls" "$BATS_TEST_TMPDIR/calls.c"
  try run --rm -v "$BATS_TEST_TMPDIR/calls:/calls:ro" builtin/busybox /calls
  exits 0
  for name in io_uring_setup io_uring_enter keyctl add_key request_key bpf userfaultfd perf_event_open kexec_load init_module mount open_tree unshare; do
    shows "^$name (EPERM|ENOSYS)$"
  done
  shows '^getpid ok$'
  # unconfined reaches the kernel: a bad descriptor, not a refusal.
  try run --rm --security-opt seccomp=unconfined -v "$BATS_TEST_TMPDIR/calls:/calls:ro" builtin/busybox /calls
  hides '^io_uring_enter (EPERM|ENOSYS)$'
}

@test "a seccomp profile of one's own, and one that is not there" {
  printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}' >"$BATS_TEST_TMPDIR/profile.json"
  try run --rm --security-opt "seccomp=$BATS_TEST_TMPDIR/profile.json" builtin/busybox sh -c 'mkdir /x; touch /y && echo touched'
  says "Operation not permitted"
  prints touched
  try run --rm --security-opt seccomp=/nonexistent.json builtin/busybox true
  exits 125
  explains "/nonexistent.json"
  echo '{nonsense' >"$BATS_TEST_TMPDIR/bad.json"
  try run --rm --security-opt "seccomp=$BATS_TEST_TMPDIR/bad.json" builtin/busybox true
  exits 125
  explains "bad.json"
}

@test "a seccomp profile is the container's from its making on: a relative path, a file that changes, one that goes" {
  deny() { printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["%s", "%sat"], "action": "SCMP_ACT_ERRNO"}]}' "$1" "$1" >"$BATS_TEST_TMPDIR/own.json"; }
  deny mkdir
  cd "$BATS_TEST_TMPDIR"
  made=keeps
  "$CCOCKER" run -d --name keeps --security-opt seccomp=own.json builtin/busybox sleep 1000 >/dev/null
  try inspect -f '{{json .HostConfig.SecurityOpt}}' keeps
  shows 'seccomp=.*mkdirat'
  refuses_mkdir() {
    try exec keeps mkdir /x
    exits 1
    says "Operation not permitted"
    try exec keeps sh -c 'echo 1 >/file && unlink /file'
    exits 0
  }
  deny unlink
  "$CCOCKER" restart -t 0 keeps >/dev/null
  refuses_mkdir
  rm own.json
  "$CCOCKER" restart -t 0 keeps >/dev/null
  refuses_mkdir
}

@test "no-new-privileges" {
  try run --rm --security-opt no-new-privileges builtin/busybox cat /proc/self/status
  same "$(status_line NoNewPrivs)" 1
  box cat /proc/self/status
  same "$(status_line NoNewPrivs)" 0
}

@test "masked paths are empty, read-only paths cannot be written" {
  box sh -c 'for f in kcore keys timer_list sched_debug latency_stats; do [ -e /proc/$f ] && head -c 1 /proc/$f | wc -c; done; ls /proc/acpi /proc/scsi /sys/firmware 2>/dev/null | grep -v :
    for p in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/irq/default_smp_affinity; do (echo x >$p) 2>/dev/null && echo wrote $p; done; echo end'
  exits 0
  same "$(grep -vxE '0|' <<<"$output")" end
}

@test "/dev has only the usual nodes, and others cannot be made and opened" {
  box ls /dev
  same "$(grep -vxE 'console|core|fd|full|mqueue|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero' <<<"$output")" ""
  box sh -c 'mknod /disk b 254 0 2>/dev/null; cat /disk 2>&1 | head -c 200; mknod /mem c 1 1; head -c 1 /mem'
  [ "$status" != 0 ] || fail "a device of the host could be read"
}

@test "--device gives one device with its permissions" {
  try run --rm --device /dev/fuse builtin/busybox sh -c 'ls -l /dev/fuse && : <>/dev/fuse && echo opened'
  [ -e /dev/fuse ] || skip "no /dev/fuse on this machine"
  exits 0
  shows '^opened$'
  try run --rm --device /dev/nosuch builtin/busybox true
  exits 125
  explains "/dev/nosuch"
}

@test "--privileged has it all" {
  try run --rm --privileged builtin/busybox sh -c 'cat /proc/self/status; touch /sys/x 2>&1; ls /dev | wc -l; mount -t tmpfs x /tmp && echo mounted'
  exits 0
  same "$(status_line Seccomp)" 0
  same "$(status_line CapEff)" "$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)"
  shows '^mounted$'
  hides 'Read-only'
}

@test "the umask is 0022 and no descriptor leaks in" {
  box sh -c 'umask; ls /proc/self/fd'
  same "$(head -n 1 <<<"$output")" 0022
  same "$(tail -n +2 <<<"$output" | sort -n | tr '\n' ' ')" "0 1 2 3 "
}

@test "the container cannot see ccocker's own memory or binary through /proc/1" {
  box sh -c 'readlink /proc/1/exe; ls /proc | grep -cE "^[0-9]+$"'
  exits 0
  shows '^/bin/busybox$'
}
