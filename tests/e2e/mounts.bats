# -v, --mount, --tmpfs.
load lib

setup() {
  mkdir -p "$BATS_TEST_TMPDIR/dir"
  echo outside >"$BATS_TEST_TMPDIR/dir/file"
}

@test "-v binds a directory both ways" {
  try run --rm -v "$BATS_TEST_TMPDIR/dir:/in" builtin/busybox sh -c 'cat /in/file; echo inside >/in/new'
  exits 0
  prints outside
  same "$(cat "$BATS_TEST_TMPDIR/dir/new")" inside
}

@test "-v ...:ro cannot be written, submounts neither" {
  try run --rm -v "$BATS_TEST_TMPDIR/dir:/in:ro" builtin/busybox touch /in/x
  exits 1
  says 'Read-only'
  [ ! -e "$BATS_TEST_TMPDIR/dir/x" ]
  run --separate-stderr unshare --mount --propagation private sh -c 'mkdir "$0/dir/sub" && mount -t tmpfs t "$0/dir/sub" && exec "$1" run --rm -v "$0/dir:/in:ro" builtin/busybox touch /in/sub/x' \
    "$BATS_TEST_TMPDIR" "$CCOCKER"
  exits 1
  says 'Read-only'
}

@test "-v of a file, and over a file of the image" {
  try run --rm -v "$BATS_TEST_TMPDIR/dir/file:/etc/passwd:ro" builtin/busybox cat /etc/passwd
  prints outside
}

@test "--mount says the same in words" {
  try run --rm --mount "type=bind,source=$BATS_TEST_TMPDIR/dir,target=/in,readonly" builtin/busybox sh -c 'cat /in/file; touch /in/x'
  exits 1
  prints outside
  try run --rm --mount "type=tmpfs,target=/scratch,tmpfs-size=1m" builtin/busybox sh -c 'df -k /scratch | tail -1'
  shows ' 1024 '
}

@test "--tmpfs with a size" {
  try run --rm --tmpfs /scratch:size=2m,mode=700 builtin/busybox sh -c 'df -k /scratch | tail -1; stat -c %a /scratch'
  shows ' 2048 '
  shows '^700$'
}

@test "mounts have the names that Docker's have" {
  try run --rm --network none --tmpfs /scratch builtin/busybox cat /proc/mounts
  exits 0
  for line in 'overlay / overlay' 'proc /proc proc' 'tmpfs /dev tmpfs' 'devpts /dev/pts devpts' 'shm /dev/shm tmpfs' \
    'mqueue /dev/mqueue mqueue' 'sysfs /sys sysfs' 'tmpfs /scratch tmpfs'; do
    shows "^$line "
  done
  hides '^none '
}

@test "a --mount source that is not there is named" {
  try run --rm --mount type=bind,source=/nonexistent/dir,target=/in builtin/busybox true
  exits 125
  explains "/nonexistent/dir"
}

@test "bad mount words are named" {
  local bad
  for bad in "-v relative:/x:nonsense" "-v /a:relative" "-v /:/" "--mount type=nosuch,target=/x" "--mount target=/x,type" "--tmpfs relative"; do
    # shellcheck disable=SC2086
    try run --rm $bad builtin/busybox true
    exits 125
    explains "${bad##* }|${bad%% *}|relative|nosuch|type" || fail "with $bad"
  done
}

@test "a target below a symlink of the image stays inside" {
  try run --rm -v "$BATS_TEST_TMPDIR/dir:/proc/self/cwd/in" builtin/busybox true
  [ "$status" != 0 ] && explains "/proc"
  ls -d /in 2>/dev/null && fail "a mount point was made on the host"
  return 0
}

@test "nothing is mounted on the host while a container runs" {
  before=$(host_mounts)
  start_container --rm -v "$BATS_TEST_TMPDIR/dir:/in" --tmpfs /scratch builtin/busybox sleep 1000
  during=$(host_mounts)
  stop_container
  same "$during" "$before"
}
