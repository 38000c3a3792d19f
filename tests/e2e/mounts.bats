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

@test "--tmpfs is as open as the directory it covers, unless it says otherwise" {
  try run --rm --tmpfs /root --tmpfs /bin/new --tmpfs /usr:ro --tmpfs /tmp --tmpfs /home:mode=711 --tmpfs /var:ro,mode=750 \
    --mount type=tmpfs,target=/mnt --mount type=tmpfs,target=/srv,tmpfs-mode=2770 -v "$BATS_TEST_TMPDIR/dir:/in" --tmpfs /in/private \
    builtin/busybox stat -c '%a %n' /root /bin/new /usr /tmp /home /var /mnt /srv /in/private
  exits 0
  local line image_modes
  image_modes=$("$CCOCKER" run --rm builtin/busybox stat -c '%a %n' /root /usr /tmp)
  while read -r line; do shows "^$line\$"; done <<<"$image_modes"
  shows '^1777 /mnt$'
  shows '^1777 /bin/new$'
  shows '^711 /home$'
  shows '^750 /var$'
  shows '^2770 /srv$'
  shows '^1777 /in/private$'
  chmod 2701 "$BATS_TEST_TMPDIR/dir/private"
  try run --rm -v "$BATS_TEST_TMPDIR/dir:/in" --tmpfs /in/private:ro builtin/busybox sh -c 'stat -c %a /in/private; touch /in/private/x'
  exits 1
  prints 2701
  says 'Read-only'
}

@test "a file over a directory, and a directory over a file, are told apart from other failures" {
  try run --rm -v "$BATS_TEST_TMPDIR/dir/file:/etc" builtin/busybox true
  exits 125
  explains "mounting at /etc: .*a file can only be mounted over a file"
  try run --rm -v "$BATS_TEST_TMPDIR/dir:/etc/passwd" builtin/busybox true
  exits 125
  explains "mounting at /etc/passwd: .*a directory over a directory"
}

@test "a mount over /etc keeps the container's hosts, resolv.conf and hostname on top" {
  try run --rm --hostname box --dns 192.0.2.53 --add-host db:192.0.2.1 -v "$BATS_TEST_TMPDIR/dir:/etc" builtin/busybox \
    cat /etc/file /etc/hostname /etc/hosts /etc/resolv.conf
  exits 0
  shows '^outside$'
  shows '^box$'
  shows '^192\.0\.2\.1[[:space:]]+db$'
  shows '192\.0\.2\.53|127\.0\.0\.11'
  [ ! -s "$BATS_TEST_TMPDIR/dir/hosts" ] || fail "the container's hosts were written into the directory"
  try run --rm -v "$BATS_TEST_TMPDIR/dir:/etc:ro" -v "$BATS_TEST_TMPDIR/dir/file:/etc/hosts" builtin/busybox cat /etc/hosts
  prints outside
  mkdir "$BATS_TEST_TMPDIR/bare"
  try run --rm -v "$BATS_TEST_TMPDIR/bare:/etc:ro" builtin/busybox true
  exits 125
  explains "/etc/resolv.conf.*read-only"
}

@test "a mount over /dev takes the place of ours: its terminal, and no nodes made in it" {
  try run --rm -t -v /dev:/dev builtin/busybox tty
  exits 0
  shows '^/dev/pts/[0-9]+'
  mkdir "$BATS_TEST_TMPDIR/dev"
  try run --rm -v "$BATS_TEST_TMPDIR/dev:/dev" --device /dev/zero:/dev/zzz --device /dev/zero:/zzz builtin/busybox sh -c 'ls -A /dev; head -c 2 /zzz | wc -c'
  exits 0
  prints 2
  try run --rm --privileged -v "$BATS_TEST_TMPDIR/dev:/dev" builtin/busybox true
  exits 0
  try run --rm -t -v "$BATS_TEST_TMPDIR/dev:/dev" builtin/busybox true
  exits 125
  explains "terminal.*devpts at /dev/pts"
  same "$(ls -A "$BATS_TEST_TMPDIR/dev")" ""
}

@test "shared and slave mounts need a source that propagates" {
  local word
  for word in rslave rshared slave shared; do
    run --separate-stderr unshare --mount --propagation private timeout -k 5 60 "$CCOCKER" run --rm -v "$BATS_TEST_TMPDIR/dir:/in:$word" builtin/busybox true
    exits 125
    explains "$BATS_TEST_TMPDIR/dir cannot be $word: it is mounted on /.* not a shared"
  done
  # shellcheck disable=SC2016
  run --separate-stderr unshare --mount --propagation private timeout -k 5 60 sh -c '
    mount -t tmpfs t "$0/dir" && mount --make-shared "$0/dir" && mkdir "$0/dir/sub" || exit
    "$1" run --rm -v "$0/dir:/in:rslave" builtin/busybox sh -c "touch /in/up; until [ -e /in/sub/later ]; do sleep 0.1; done; echo propagated" &
    until [ -e "$0/dir/up" ] || ! kill -0 $!; do sleep 0.1; done
    mount -t tmpfs t "$0/dir/sub" && touch "$0/dir/sub/later" && wait $!' "$BATS_TEST_TMPDIR" "$CCOCKER"
  exits 0
  prints propagated
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
  unchanged() { [ "$(host_mounts)" = "$before" ]; }
  eventually unchanged  # others may mount something for a moment
  stop_container
}
