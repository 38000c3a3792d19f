# No root, a read-only root, a full disk, io_uring forbidden, libraries missing.
load lib

@test "not root: a sentence with the cure" {
  for words in "run --rm builtin/busybox true" "pull $REGISTRY/base:1" "images" "ps"; do
    # shellcheck disable=SC2086
    run --separate-stderr env -u CCOCKER_ROOT -u CCOCKER_STATE setpriv --reuid 65534 --regid 65534 --clear-groups "$CCOCKER" $words
    [ "$status" = 0 ] && { [ "${words%% *}" = images ] || [ "${words%% *}" = ps ]; } && continue
    case $words in run*) exits 125 ;; *) [ "$status" = 1 ] || [ "$status" = 125 ] || fail "expected exit code 1 or 125" ;; esac
    explains "root|sudo|permission"
  done
}

@test "version and --help need no rights" {
  run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$CCOCKER" version
  exits 0
  run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$CCOCKER" run --help
  exits 0
}

@test "a read-only --root: a sentence that names it" {
  need_image base
  run --separate-stderr unshare --mount --propagation private sh -c 'mkdir "$0/ro" && mount -t tmpfs -o ro ro "$0/ro" && exec "$1" --root "$0/ro/root" run --rm builtin/busybox true' \
    "$BATS_TEST_TMPDIR" "$CCOCKER"
  exits 125
  explains "$BATS_TEST_TMPDIR/ro" "read-only"
  run --separate-stderr unshare --mount --propagation private sh -c 'mount -t tmpfs -o ro ro "$0/ro" && exec "$1" --root "$0/ro/root" pull "$2"' \
    "$BATS_TEST_TMPDIR" "$CCOCKER" "$IMAGE"
  exits 1
  explains "$BATS_TEST_TMPDIR/ro" "read-only"
}

@test "a full disk: pull says so, nothing is half published, and with room it works" {
  need_image medium
  cat >"$BATS_TEST_TMPDIR/script" <<'SH'
mkdir -p "$DIR/small" && mount -t tmpfs -o size=16m small "$DIR/small" || exit 99
"$CCOCKER" --root "$DIR/small/root" pull -q "$IMAGE"; echo "pull $?"
"$CCOCKER" --root "$DIR/small/root" images -q; echo "images $?"
"$CCOCKER" --root "$DIR/small/root" run --rm builtin/busybox echo small fits; echo "run $?"
mount -o remount,size=200m "$DIR/small" && "$CCOCKER" --root "$DIR/small/root" pull -q "$IMAGE"; echo "again $?"
"$CCOCKER" --root "$DIR/small/root" network prune -f
SH
  run --separate-stderr env DIR="$BATS_TEST_TMPDIR" IMAGE="$IMAGE" unshare --mount --propagation private sh "$BATS_TEST_TMPDIR/script"
  prints "pull 1
images 0
small fits
run 0
$IMAGE
again 0"
  explains "$IMAGE" "no space|full"
}

@test "a full disk that several images of one pull meet is told once" {
  need_image shared-a
  need_image shared-b
  need_image medium
  cat >"$BATS_TEST_TMPDIR/script" <<'SH'
mkdir -p "$DIR/small" && mount -t tmpfs -o size=6m small "$DIR/small" || exit 99
exec "$CCOCKER" --root "$DIR/small/root" pull -q "$REGISTRY/shared-a:1" "$REGISTRY/shared-b:1" "$REGISTRY/medium:1"
SH
  run --separate-stderr env DIR="$BATS_TEST_TMPDIR" unshare --mount --propagation private sh "$BATS_TEST_TMPDIR/script"
  exits 1
  explains "pulling $REGISTRY/" "no space|full"
}

@test "a full disk: load says so, of a file and of standard input, stores no image, and with room it works" {
  need_image medium
  skopeo copy -q "oci:$E2E/images/medium/layout:1" "docker-archive:$BATS_TEST_TMPDIR/medium.tar:loaded/medium:1"
  cat >"$BATS_TEST_TMPDIR/script" <<'SH'
mkdir -p "$DIR/small" && mount -t tmpfs -o size=66m small "$DIR/small" || exit 99
"$CCOCKER" --root "$DIR/small/root" load -qi "$DIR/medium.tar" 2>"$DIR/file"; echo "file $?"
gzip -c "$DIR/medium.tar" | "$CCOCKER" --root "$DIR/small/root" load -q 2>"$DIR/input"; echo "input $?"
"$CCOCKER" --root "$DIR/small/root" images -q
"$CCOCKER" --root "$DIR/small/root" --state "$DIR/state" image prune -f >/dev/null
ls "$DIR/small/root/layers" "$DIR/small/root/staging" | grep '^[0-9a-z]'
mount -o remount,size=200m "$DIR/small"
gzip -c "$DIR/medium.tar" | "$CCOCKER" --root "$DIR/small/root" load -q; echo "again $?"
SH
  run --separate-stderr env DIR="$BATS_TEST_TMPDIR" unshare --mount --propagation private sh "$BATS_TEST_TMPDIR/script"
  prints "file 1
input 1
Loaded image: loaded/medium:1
again 0"
  for source in file input; do
    stderr=$(<"$BATS_TEST_TMPDIR/$source") explains "no space" "free some|--root"
  done
  grep -q "standard input: .*$BATS_TEST_TMPDIR/small/root/staging" "$BATS_TEST_TMPDIR/input" || fail "the place is not named"
}

@test "a disk that fills up while a container writes is the container's own problem" {
  cat >"$BATS_TEST_TMPDIR/script" <<'SH'
mkdir -p "$DIR/small" && mount -t tmpfs -o size=16m small "$DIR/small" || exit 99
"$CCOCKER" --root "$DIR/small/root" run --rm builtin/busybox sh -c 'dd if=/dev/zero of=/big bs=1M count=100 2>&1; echo then'; echo "run $?"
"$CCOCKER" --root "$DIR/small/root" run --rm builtin/busybox echo after; echo "run $?"
"$CCOCKER" --root "$DIR/small/root" network prune -f
SH
  run --separate-stderr env DIR="$BATS_TEST_TMPDIR" unshare --mount --propagation private sh "$BATS_TEST_TMPDIR/script"
  shows "No space left"
  shows '^then$'
  shows '^after$'
  same "$(grep -c '^run 0$' <<<"$output")" 2
}

@test "io_uring forbidden: a sentence with the cure" {
  need python3 gcc
  # A seccomp filter that denies io_uring_setup, as Docker's own does around a nested ccocker.
  cat >"$BATS_TEST_TMPDIR/deny.c" <<'C'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char** argv) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(argv[1])),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {4, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 99;
  execv(argv[2], argv + 2);
  return 98 + argc * 0;
}
C
  gcc -o "$BATS_TEST_TMPDIR/deny" "$BATS_TEST_TMPDIR/deny.c"
  for errno in 1 38 12; do
    run --separate-stderr "$BATS_TEST_TMPDIR/deny" $errno "$CCOCKER" run --rm builtin/busybox true
    exits 125
    explains "io_uring"
  done
}

@test "the program loads libc's own libraries only" {
  run ldd "$CCOCKER"
  exits 0
  same "$(grep -vE 'linux-vdso|libc\.so|libm\.so|ld-linux|libdl\.so|libpthread\.so|librt\.so' <<<"$output")" ""
}

# Every library that is bound on first use, removed from an overlay over the host's library directory in a mount
# namespace of its own: as if its package had never been installed.
without_libraries() {
  cat >"$BATS_TEST_TMPDIR/removed" <<'SH'
directory=$(dirname "$(ldconfig -p | awk '/libc\.so\.6/ { print $NF; exit }' | xargs realpath)")
mkdir "$DIR/over" && mount -t tmpfs over "$DIR/over" && mkdir "$DIR/over/upper" "$DIR/over/work" &&
  mount -t overlay -o "lowerdir=$directory,upperdir=$DIR/over/upper,workdir=$DIR/over/work" over "$directory" || exit 99
for name in curl archive crypto ssl isal zstd; do rm -f "$directory/lib$name".so* "$directory/lib$name-"*.so*; done
exec "$@"
SH
  run --separate-stderr env DIR="$BATS_TEST_TMPDIR" unshare --mount --propagation private sh "$BATS_TEST_TMPDIR/removed" "$@"
}

@test "the built-in image runs with libcurl, libarchive, libcrypto, ISA-L and zstd missing" {
  without_libraries "$CCOCKER" --root "$BATS_TEST_TMPDIR/root" run --rm builtin/busybox echo alone
  exits 0
  prints alone
}

@test "a pull without libcurl names Debian's package" {
  without_libraries "$CCOCKER" pull "$REGISTRY/base:1"
  exits 1
  explains "libcurl4|libarchive13|libssl3|libisal2|libzstd1"
}

@test "ccocker version costs at most 2.5 times the CPU time that an empty C program costs" {
  need gcc
  echo 'int main(void) { return 0; }' >"$BATS_TEST_TMPDIR/empty.c"
  gcc -O2 -o "$BATS_TEST_TMPDIR/empty" "$BATS_TEST_TMPDIR/empty.c"
  run "$PYTHON" - "$BATS_TEST_TMPDIR/empty" "$CCOCKER" <<'PY'
import os, statistics, sys
def once(argv):
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    usage = os.wait4(pid, 0)[2]
    return usage.ru_utime + usage.ru_stime
for _ in range(3):  # beside others one may be unlucky with its caches
    empty, version = [], []
    for _ in range(200):  # alternating
        empty.append(once([sys.argv[1]]))
        version.append(once([sys.argv[2], "version"]))
    ratio = statistics.median(version) / statistics.median(empty)
    print(f"empty {statistics.median(empty) * 1e3:.2f} ms, ccocker version {statistics.median(version) * 1e3:.2f} ms: {ratio:.2f} times")
    if ratio <= 2.5: sys.exit(0)
sys.exit(1)
PY
  exits 0
}
