# Limits are seen from inside and enforced.
load lib

@test "a memory hog is killed, and the message says OOM with the limit and the peak" {
  try run --rm -m 32m builtin/busybox sh -c 'head -c 200m /dev/zero | tail -c 200m >/dev/null; echo survived $?; x=$(head -c 100m /dev/zero | tr "\0" x); echo alive'
  [ "$status" != 0 ] || fail "300 MB fit into 32 MB"
  says 'OOM|out of memory'
  says '32 ?Mi?B'
  says 'peak'
}

@test "PID 1 itself hogging memory exits with 137" {
  try run --rm -m 24m builtin/busybox tail -c 500m /dev/zero
  exits 137
  says 'OOM|out of memory'
}

@test "the end of one in the background is explained afterwards: inspect, and the die event" {
  "$CCOCKER" run -d --name hog -m 24m --memory-swap 24m builtin/busybox tail -c 500m /dev/zero >/dev/null
  same "$("$CCOCKER" wait hog)" 137
  try inspect --format '{{.State.OOMKilled}} {{.State.Error}}' hog
  shows '^true out of memory: .* limit of 24 MiB \(peak '
  try events --since 0 --until 0s --filter event=die --filter container=hog --format '{{.Actor.Attributes.error}}'
  shows '^out of memory: .* limit of 24 MiB \(peak '
  # A policy that brings it back hides nothing: each death is an event.
  "$CCOCKER" run -d --restart on-failure:1 --name again -m 24m --memory-swap 24m builtin/busybox tail -c 500m /dev/zero >/dev/null
  is_down() { [ -z "$("$CCOCKER" ps -q --filter name=again)" ]; }
  eventually is_down
  same "$("$CCOCKER" events --since 0 --until 0s --filter event=die --filter container=again --format '{{.Actor.Attributes.error}}' | grep -c 'out of memory')" 2
  # What its user stopped, and what ended by itself, needs no explanation.
  "$CCOCKER" run -d --name stopped builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" stop -t 0 stopped >/dev/null
  "$CCOCKER" run --name three builtin/busybox sh -c 'exit 3' || true
  same "$("$CCOCKER" inspect --format '{{.State.OOMKilled}}:{{.State.Error}}' stopped three)" $'false:\nfalse:'
  "$CCOCKER" rm hog again stopped three >/dev/null
}

@test "gocker's --mem counts megabytes, Docker's -m bytes; too little is refused" {
  try run --rm --mem 24 builtin/busybox tail -c 500m /dev/zero
  exits 137
  says '24 ?Mi?B'
  try run --rm -m 1024 builtin/busybox true
  exits 125
  explains "memory"
}

@test "a fork bomb stops at --pids, and the host lives" {
  try run --rm --pids 20 builtin/busybox sh -c 'i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done; echo all'
  [ "$status" != 0 ] || fail "60 processes fit into 20"
  says "can't fork|Resource temporarily unavailable"
  try run --rm --pids-limit 20 builtin/busybox sh -c 'n=0; for i in $(seq 60); do (sleep 3 &) 2>/dev/null && n=$((n+1)); done; set -- /proc/[0-9]*; echo $#'
  [ "${output##*$'\n'}" -le 21 ] || fail "more than 20 processes live"
}

@test "--cpus 0.5 is about half a core" {
  start_container --rm --cpus 0.5 builtin/busybox sh -c 'while :; do :; done'
  has_cpu_share "$container_pid" "$("$CCOCKER" ps -q)" 50
  stop_container
}

@test "--cpuset-cpus binds to a cpu" {
  try run --rm --cpuset-cpus 0 builtin/busybox sh -c 'grep Cpus_allowed_list /proc/self/status'
  exits 0
  shows 'Cpus_allowed_list:[[:space:]]*0$'
}

@test "limits are seen from inside through /sys/fs/cgroup" {
  try run --rm -m 48m --pids 33 builtin/busybox sh -c \
    'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null'
  shows '^50331648$'
  shows '^33$'
}

@test "--cpu-shares and --memory-swap are accepted and checked" {
  try run --rm --cpu-shares 512 -m 64m --memory-swap 128m builtin/busybox true
  exits 0
  try run --rm -m 64m --memory-swap 32m builtin/busybox true
  exits 125
  explains "memory-swap|swap"
}

@test "bad numbers are named" {
  local bad
  for bad in "--cpus 0" "--cpus -1" "--cpus many" "--cpus 100000" "--memory -5" "--pids-limit x" "--cpuset-cpus 999" "--cpuset-cpus a-b" \
    "--cpu-shares -3" "--shm-size 0x" "--ulimit nofile" "--ulimit nofile=9:1" "--ulimit nosuch=1"; do
    # shellcheck disable=SC2086
    try run --rm $bad builtin/busybox true
    if [ "$bad" = "--cpus 0" ] && [ "$status" = 0 ]; then continue; fi # Docker: no limit
    exits 125
    explains "${bad%% *}|${bad#* }" || fail "with $bad"
  done
}

@test "no cgroup is left" {
  try run --rm -m 64m --cpus 1 --pids 50 builtin/busybox true
  exits 0
  settled() { [ -z "$(own_cgroups)" ]; }
  eventually settled
}
