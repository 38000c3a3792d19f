# What gocker, the program this one follows, gets wrong: each a claim here.
load lib

prepare_file() { need_image base && export BASE=$IMAGE && "$CCOCKER" pull -q "$BASE" >/dev/null; }

in_base() { try run --rm "$BASE" "$@"; }

@test "the exit status is not dropped" { in_base sh -c 'exit 33'; exits 33; }

@test "the command is looked up in the container's PATH, not the host's" {
  # bats is on the host only; sh is in both, and which one runs shows in its binary.
  in_base bats
  exits 127
  printf '#!/bin/sh\necho found\n' >"$BATS_TEST_TMPDIR/only-here"
  chmod 755 "$BATS_TEST_TMPDIR/only-here"
  try run --rm -e PATH=/elsewhere -v "$BATS_TEST_TMPDIR:/elsewhere:ro" "$BASE" only-here
  prints found
}

@test "Cmd, Entrypoint, User and WorkingDir of the image are obeyed" {
  need_image configured
  try run --rm "$IMAGE"
  prints "from-entrypoint from-cmd"
  try run --rm --entrypoint pwd "$IMAGE"
  prints /made/here
  try run --rm --entrypoint id "$IMAGE" -un
  prints app
}

@test "resolv.conf, hosts and hostname never write through the image's symlinks" {
  local root=$BATS_TEST_TMPDIR/root target=/tmp/ccocker-e2e-target-$$ file
  busybox_root "$root"
  mkdir "$target"
  for file in resolv.conf hosts hostname; do
    echo precious >"$target/$file"
    ln -s "$target/$file" "$root/etc/$file"
  done
  pack "$root" "$BATS_TEST_TMPDIR/root.tar"
  (cd "$BATS_TEST_TMPDIR" && new_image layout:1 root.tar && push layout:1 symlinked:1) >/dev/null 2>&1
  try run --rm "$REGISTRY/symlinked:1" cat /etc/resolv.conf
  local content
  content=$(cat "$target"/*)
  rm -rf "$target"
  same "$content" $'precious\nprecious\nprecious'
}

@test "/dev has what programs expect" {
  in_base sh -c 'for n in null zero full random urandom tty; do [ -c /dev/$n ] || echo missing $n; done
    echo x >/dev/null; head -c 3 /dev/zero | wc -c; ls -ld /dev/shm /dev/mqueue /dev/pts /dev/ptmx /dev/fd /dev/stdin /dev/stdout /dev/stderr >/dev/null || echo missing'
  exits 0
  prints 3
  quiet
}

@test "mounts made inside do not reach the host" {
  before=$(host_mounts)
  try run --rm --privileged "$BASE" sh -c 'mount -t tmpfs inside /tmp && mount | grep -c inside'
  exits 0
  prints 1
  leaves_nothing_beyond "$before"
}

@test "/sys is read-only, capabilities are few and there is a seccomp filter" {
  in_base sh -c 'touch /sys/x 2>&1; grep -E "CapEff|Seccomp:" /proc/self/status'
  shows 'Read-only file system'
  shows 'CapEff:[[:space:]]*00000000a80425fb'
  shows 'Seccomp:[[:space:]]*2'
}

@test "run -it eats no argument" {
  # A standard input that never ends: script(1) types an end of file into the terminal otherwise, at a moment of its own.
  mkfifo "$BATS_TEST_TMPDIR/nothing"
  run --separate-stderr script -qec "'$CCOCKER' run --rm -it '$BASE' echo one two" /dev/null <>"$BATS_TEST_TMPDIR/nothing"
  exits 0
  shows '^one two'
}

@test "--cpus 0.04 is a limit" {
  in_base true
  start_container --rm --cpus 0.04 "$BASE" sh -c 'while :; do :; done'
  has_cpu_share "$container_pid" "$("$CCOCKER" ps -q)" 4
  stop_container
}

@test "host:port/image and image@digest are read right" {
  need_image base
  digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$BASE")
  try run --rm "${BASE%:1}@$digest" echo fine
  exits 0
  prints fine
  try pull "127.0.0.1:1/img"
  exits 1
  explains "127.0.0.1:1/img"
}

@test "exec without a command is a sentence" {
  start_container --rm --name nocommand "$BASE" sleep 1000
  try exec nocommand
  local code=$status
  stop_container
  [ "$code" != 0 ] || fail "exec without a command succeeded"
  explains "exec"
}

@test "Ctrl-C leaks nothing: no overlay, cgroup, link or process" {
  before=$(host_mounts)
  start_container --rm "$BASE" sleep 1000
  kill -INT "$supervisor"
  # sleep as PID 1 ignores SIGINT, as in Docker: a second and a third ask again, SIGTERM too, then the hard way.
  sleep 0.2
  kill -INT "$supervisor" 2>/dev/null || true
  stop_container
  leaves_nothing_beyond "$before"
}

@test "a failed run leaves no mount, cgroup or container behind" {
  before=$(host_mounts)
  in_base nosuchcommand
  exits 127
  try run --rm -v /nonexistent-on-host/x:/x:ro --sysctl no.such=1 "$BASE" true
  exits 125
  leaves_nothing_beyond "$before"
  try ps -aq
  prints ""
}

@test "an overlay over an overlay is a sentence with a cure, or works" {
  # The state of affairs inside a container whose root is an overlay and whose --root is not on a volume.
  mkdir -p "$BATS_TEST_TMPDIR"/{lower,upper,work,merged}
  run --separate-stderr unshare --mount --propagation private sh -c 'mount -t overlay o -o lowerdir="$0/lower",upperdir="$0/upper",workdir="$0/work" "$0/merged" &&
    { "$1" --root "$0/merged/root" run --rm builtin/busybox echo works; code=$?; "$1" --root "$0/merged/root" network prune -f; exit $code; }' \
    "$BATS_TEST_TMPDIR" "$CCOCKER"
  [ "$status" = 0 ] && prints works && return
  exits 125
  explains "overlay" "--root"
}

@test "gocker's own command line works: --mem 64 --swap 32 --pids 20 --cpus 0.5" {
  try run --rm --mem 64 --swap 32 --pids 20 --cpus 0.5 "$BASE" echo fine
  exits 0
  prints fine
}
