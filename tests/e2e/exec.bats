# A second process in a running container.
load lib

setup() { start_container --rm --name box -e MARK=set --hostname inside builtin/busybox sh -c 'while :; do sleep 1; done'; }
teardown() {
  stop_container
  "$CCOCKER" rm -f strict lax >/dev/null 2>&1 || true
}

@test "exec shares the container's namespaces, root and environment" {
  try exec box sh -c 'hostname; echo $MARK; readlink /proc/1/exe; cat /proc/1/comm'
  exits 0
  prints $'inside\nset\n/bin/busybox\nsh'
}

@test "exec is in the container's cgroup, with its capabilities and filter" {
  try exec box sh -c 'grep -E "CapEff|Seccomp:" /proc/self/status'
  shows 'CapEff:[[:space:]]*00000000a80425fb'
  shows 'Seccomp:[[:space:]]*2'
  local mark=$(marked_sleep)
  "$CCOCKER" exec box $mark 3>&- &
  local client=$!
  eventually pgrep -fx "$mark" >/dev/null
  same "$(cat "/proc/$(pgrep -fx "$mark")/cgroup")" "$(cat "/proc/$container_pid/cgroup")"
  kill "$(pgrep -fx "$mark")"
  wait $client || true
}

@test "-e, -w, -u" {
  try exec -e X=1 -w /tmp -u 1234:55 box sh -c 'echo $X; pwd; id -u; id -g'
  prints $'1\n/tmp\n1234\n55'
}

@test "-w to a directory that is not there fails, and makes none" {
  try exec -w /nonexist box pwd
  exits 1
  explains 'working directory /nonexist' 'no such file'
  try exec box test -e /nonexist
  exits 1
  try exec -w /etc/passwd box pwd
  exits 1
  explains 'not a directory'
}

@test "-i feeds standard input, without it there is none" {
  try_with_input hello exec -i box cat
  prints hello
  try_with_input hello exec box cat
  prints ''
}

@test "-t is a terminal" {
  mkfifo "$BATS_TEST_TMPDIR/nothing"  # at the end of its input script(1) would type into the terminal
  run --separate-stderr script -qec "'$CCOCKER' exec -it box sh -c 'tty; stty size'" /dev/null <>"$BATS_TEST_TMPDIR/nothing"
  exits 0
  shows '/dev/pts/'
}

@test "--privileged" {
  try exec --privileged box grep -E 'CapEff|Seccomp:' /proc/self/status
  shows "CapEff:[[:space:]]*$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)"
}

# The mode that the kernel shows: 0 is none, 2 a filter.
seccomp_of_exec() { "$CCOCKER" exec "$@" grep Seccomp: /proc/self/status | tr -dc 0-9; }

@test "a profile that was asked for holds in privileged containers and for exec --privileged too, the usual one does not" {
  printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}' >"$BATS_TEST_TMPDIR/profile.json"
  "$CCOCKER" run -d --name strict --privileged --security-opt "seccomp=$BATS_TEST_TMPDIR/profile.json" builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name lax --privileged builtin/busybox sleep 1000 >/dev/null
  try exec strict mkdir /x
  exits 1
  says "Operation not permitted"
  same "$(seccomp_of_exec strict) $(seccomp_of_exec --privileged strict) $(seccomp_of_exec lax) $(seccomp_of_exec --privileged box)" "2 2 0 0"
}

@test "by ID prefix, and unknown or ambiguous ones are refused" {
  try ps -q --no-trunc
  id=$output
  try exec "${id:0:6}" echo by prefix
  prints "by prefix"
  try exec nosuchcontainer true
  exits 1
  explains "nosuchcontainer"
}

@test "a killed exec client takes its process along or leaves it in the container, never outside" {
  "$CCOCKER" exec box $(marked_sleep) 3>&- &
  client=$!
  sleep 0.3
  kill -KILL $client
  wait $client 2>/dev/null || true
  stop_container
  settled() { [ -z "$(running "$(marked_sleep)")" ]; }
  eventually settled
}

@test "twenty execs at a time" {
  local i pids=()
  for i in $(seq 20); do
    "$CCOCKER" exec box sh -c "exit $i" 3>&- 2>>"$BATS_TEST_TMPDIR/err" &
    pids+=($!)
  done
  for i in $(seq 20); do
    code=0; wait "${pids[$((i - 1))]}" || code=$?
    same "$code" "$i"
  done
}
