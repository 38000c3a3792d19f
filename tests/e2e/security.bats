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

# Says what it can read of masked paths and write of read-only ones.
leaks='for f in kcore keys timer_list interrupts sched_debug latency_stats; do [ -e /proc/$f ] && head -c 1 /proc/$f | wc -c; done; ls /proc/acpi /proc/scsi /sys/firmware 2>/dev/null | grep -v :
    for p in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/irq/default_smp_affinity; do (echo x >$p) 2>/dev/null && echo wrote $p; done; echo end'
leaks_nothing() {
  exits 0
  same "$(grep -vxE '0|' <<<"$output")" end
}

@test "masked paths are empty, read-only paths cannot be written" {
  box sh -c "$leaks"
  leaks_nothing
}

@test "nothing that an image or a volume puts at /dev takes the masks away" {
  try run --name maker builtin/busybox true
  try commit --change 'VOLUME /dev' maker dev/volume
  exits 0
  try run --rm dev/volume sh -c "$leaks"
  leaks_nothing
  local volume
  volume=$("$CCOCKER" volume create)
  ln -s /proc/version "$("$CCOCKER" volume inspect -f '{{.Mountpoint}}' "$volume")/null"
  try run --rm -v "$volume:/dev" builtin/busybox sh -c "$leaks"
  leaks_nothing
  echo not-a-device >"$BATS_TEST_TMPDIR/null"
  try run --rm -v "$BATS_TEST_TMPDIR/null:/dev/null" builtin/busybox sh -c "$leaks"
  leaks_nothing
  try rm maker
}

@test "a volume at /sys has its own files masked" {
  mkdir -p "$BATS_TEST_TMPDIR/sys/firmware/x" "$BATS_TEST_TMPDIR/sys/devices/virtual/powercap/y"
  touch "$BATS_TEST_TMPDIR/sys/seen"
  try run --rm -v "$BATS_TEST_TMPDIR/sys:/sys" builtin/busybox sh -c 'ls /sys /sys/firmware /sys/devices/virtual/powercap'
  exits 0
  shows '^seen$'
  hides '^[xy]$'
}

@test "a working directory inside a masked or read-only path is below the seal too" {
  # Written from inside, the host name's file would be a way to core_pattern; it is the container's own.
  try run --rm -w /proc/sys/kernel builtin/busybox sh -c 'pwd; echo changed >hostname'
  exits 1
  prints /proc/sys/kernel
  says 'Read-only'
  local masked
  for masked in /proc/acpi /proc/scsi /sys/firmware; do
    [ -d "$masked" ] || continue
    try run --rm -w "$masked" builtin/busybox ls -A .
    exits 0
    prints ""
  done
  try run --name maker builtin/busybox true
  try commit --change 'WORKDIR /proc/sys/kernel' maker work/dir
  try run --rm work/dir sh -c 'echo changed >hostname'
  exits 1
  says 'Read-only'
  try rm maker
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

@test "--device gives a privileged container a device by another name" {
  try run --rm --privileged --device /dev/zero:/dev/nothing builtin/busybox sh -c 'head -c 3 /dev/nothing | wc -c; ls /dev | wc -l'
  exits 0
  same "$(head -n 1 <<<"$output")" 3
  [ "$(tail -n 1 <<<"$output")" -ge "$(find /dev -maxdepth 1 -type c | wc -l)" ] || fail "devices of the host are missing"
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

# CVE-2019-5736: what is about to become the container's program is still a copy of the runtime.
@test "a script, a loader and --init lead to no host's ccocker file" {
  need gcc
  local dir=$BATS_TEST_TMPDIR loader before
  mkdir "$dir/own" && cp "$CCOCKER" "$dir/own/ccocker"
  local CCOCKER=$dir/own/ccocker
  loader=$(grep -aoE '/lib[a-z0-9/]*/ld-linux[-a-z0-9_.]*' "$CCOCKER" | head -1)
  # A loader that needs no C library, which would look for its own headers in the program.
  cat >"$dir/evil.cc" <<'C'
#include <fcntl.h>
#include "runtime/syscalls.h"
using namespace ccocker::runtime;
extern "C" void _start() {
  raw::call<SYS_write>(1, "the loader runs\n", 16);
  raw::call<SYS_fchmodat>(AT_FDCWD, "/proc/self/exe", 06777);
  raw::call<SYS_fchownat>(AT_FDCWD, "/proc/self/exe", 1000, 1000, 0);
  raw::call<SYS_exit_group>(0);
}
C
  g++ -std=c++20 -O1 -I "$BATS_TEST_DIRNAME/../../src" -ffreestanding -fno-stack-protector -nostdlib -static -o "$dir/evil" "$dir/evil.cc"
  printf '#!/proc/self/exe\n' >"$dir/entry" && chmod 755 "$dir/entry"
  before=$(stat -c '%a %u %Z' "$CCOCKER")
  local evil=(--network none -v "$dir/evil:$loader:ro" -v "$dir/entry:/entry:ro" builtin/busybox)
  try run --rm "${evil[@]}" /entry
  hides "the loader runs"
  try run --rm --privileged "${evil[@]}" /entry
  hides "the loader runs"
  try run -d --name up "${evil[@]}" sleep 1000
  exits 0
  try exec up /entry
  hides "the loader runs"
  try rm -f up
  SECRET_OF_HOST=hunter2 try run --rm --init "${evil[@]}" sh -c 'readlink /proc/1/exe; chmod 6777 /proc/1/exe; tr "\0" "\n" </proc/1/environ; tr "\0" " " </proc/1/cmdline'
  shows '^/memfd:'
  shows '^PATH='
  shows '^ccocker-init -- sh -c'
  hides "hunter2"
  same "$(stat -c '%a %u %Z' "$CCOCKER")" "$before"
}

@test "keys of the caller's session are not the container's" {
  need gcc
  local dir=$BATS_TEST_TMPDIR
  cat >"$dir/keys.c" <<'C'
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char** argv) {
  if (strcmp(argv[1], "look") == 0) {
    long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "ccocker-test", 0);
    puts(key > 0 ? "found" : "nothing");
    return 0;
  }
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) return 2;
  if (syscall(SYS_add_key, "user", "ccocker-test", "x", 1, KEY_SPEC_SESSION_KEYRING) < 0) return 3;
  execv(argv[2], argv + 2);
  return 4;
}
C
  gcc -static -o "$dir/keys" "$dir/keys.c"
  same "$("$dir/keys" with "$dir/keys" look)" found
  local open=(--network none --security-opt seccomp=unconfined -v "$dir/keys:/keys:ro" builtin/busybox)
  same "$("$dir/keys" with "$CCOCKER" run --rm "${open[@]}" /keys look)" nothing
  "$CCOCKER" run -d --name up "${open[@]}" sleep 1000 >/dev/null
  same "$("$dir/keys" with "$CCOCKER" exec up /keys look)" nothing
  try rm -f up
}

@test "a profile that forbids what the last step needs says so" {
  printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["execveat"], "action": "SCMP_ACT_ERRNO"}]}' >"$BATS_TEST_TMPDIR/profile.json"
  try run --rm --network none --security-opt "seccomp=$BATS_TEST_TMPDIR/profile.json" builtin/busybox true
  exits 125
  explains "profile must allow execveat"
}
