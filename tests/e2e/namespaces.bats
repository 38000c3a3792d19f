# --pid, --ipc and --uts: namespaces that are not the container's own.
load lib

teardown() {
  "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true
  rm -f "/dev/shm/ccocker-e2e-$$"
}

namespace_of_host() { readlink "/proc/self/ns/$1"; }
quick() { try run --rm --network none "$@"; }
is_gone() { [ -z "$(running "$1")" ]; }

@test "without flags none is shared" {
  quick builtin/busybox sh -c 'for n in pid ipc uts; do readlink /proc/self/ns/$n; done'
  for name in pid ipc uts; do hides "$(namespace_of_host $name | sed 's/[][]/\\&/g')"; done
  try inspect -f '{{.HostConfig.PidMode}}.{{.HostConfig.IpcMode}}.{{.HostConfig.UTSMode}}' "$("$CCOCKER" create builtin/busybox true)"
  prints ".private."
}

@test "--pid host: the host's processes are seen, exec and top work, and all end with the first" {
  quick --pid host builtin/busybox sh -c 'readlink /proc/self/ns/pid; cat /proc/1/comm'
  prints "$(namespace_of_host pid)"$'\n'"$(cat /proc/1/comm)"
  local mark=$(marked_sleep)
  "$CCOCKER" run -d --name seeing --network none --pid host builtin/busybox sh -c "$mark & $mark & wait" >/dev/null
  local pid=$("$CCOCKER" inspect -f '{{.State.Pid}}' seeing)
  try exec seeing sh -c "tr '\\0' ' ' </proc/$pid/cmdline"
  shows "^sh -c"
  try inspect -f '{{.HostConfig.PidMode}}' seeing
  prints host
  both_run() { [ "$(running "$mark" | wc -l)" = 2 ]; }
  eventually both_run
  same "$("$CCOCKER" top seeing | grep -c "$mark")" 3
  try stop -t 5 seeing  # no PID 1, so SIGTERM ends it
  exits 0
  is_gone "$mark" || fail "processes are left"
  same "$("$CCOCKER" inspect -f '{{.State.ExitCode}}' seeing)" 143
  quick --pid host builtin/busybox sh -c "$mark & exit 3"
  exits 3
  is_gone "$mark" || fail "processes are left"
}

@test "--pid host and a killed supervisor: the next command ends what is left" {
  local mark=$(marked_sleep)
  "$CCOCKER" run -d --name left --network none --pid host builtin/busybox sh -c "$mark & wait" >/dev/null
  runs() { [ -n "$(running "$mark")" ]; }
  eventually runs
  kill -KILL "$(ps -o ppid= -p "$("$CCOCKER" inspect -f '{{.State.Pid}}' left)")"
  ended() { [ "$("$CCOCKER" ps -a --filter name=left --format '{{.State}} {{.ExitCode}}')" = "exited 137" ]; }
  eventually ended
  eventually is_gone "$mark"
}

@test "--init without a PID 1 of its own takes orphans in" {
  quick --init --pid host builtin/busybox sh -c '(sleep 1000 & echo $! >/tmp/orphan); sleep 0.2
    [ "$(awk "{ print \$4 }" /proc/$(cat /tmp/orphan)/stat)" = "$(awk "{ print \$4 }" /proc/$$/stat)" ] && echo "one parent"'
  prints "one parent"
}

@test "--pid container: the other one's processes are seen, and its end is the end" {
  "$CCOCKER" run -d --name first --network none builtin/busybox sleep 1000.5 >/dev/null
  quick --pid container:first builtin/busybox sh -c "tr '\\0' ' ' </proc/1/cmdline; [ \$\$ != 1 ] && echo beside"
  prints "sleep 1000.5 beside"
  "$CCOCKER" run -d --name second --network none --pid container:first builtin/busybox sleep 1000.6 >/dev/null
  try inspect -f '{{.HostConfig.PidMode}}' second
  prints "container:$("$CCOCKER" inspect -f '{{.Id}}' first)"
  try exec first sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "'
  shows 'sleep 1000.6'
  "$CCOCKER" rm -f first
  try wait second
  prints 137
  try start second
  exits 1
  explains "no such container" "PID namespace"
  quick --pid container:second builtin/busybox true
  exits 125
  explains "container second is not running" "PID namespace"
  quick --pid container:nosuch builtin/busybox true
  exits 125
  explains "no such container: nosuch"
}

@test "--ipc host: System V objects and /dev/shm of the host" {
  echo shared >"/dev/shm/ccocker-e2e-$$"
  quick --ipc host builtin/busybox sh -c "readlink /proc/self/ns/ipc; cat /dev/shm/ccocker-e2e-$$; echo back >/dev/shm/ccocker-e2e-$$"
  prints "$(namespace_of_host ipc)"$'\nshared'
  same "$(cat "/dev/shm/ccocker-e2e-$$")" back
  quick builtin/busybox ls /dev/shm
  prints ""
  quick --ipc host --sysctl kernel.msgmax=1000 builtin/busybox true
  exits 125
  explains "kernel.msgmax" "shares its IPC namespace"
}

@test "--uts host: the host's name, which nobody changes" {
  quick --uts host builtin/busybox sh -c 'readlink /proc/self/ns/uts; hostname; echo $HOSTNAME; hostname changed'
  exits 1
  prints "$(namespace_of_host uts)"$'\n'"$(hostname)"$'\n'"$(hostname)"
  quick --uts host --hostname other builtin/busybox true
  exits 125
  explains "--hostname" "--uts host"
}

@test "other words are refused with what is possible" {
  for flag in --pid=nonsense --pid=container: --ipc=container:x --uts=guest; do
    quick $flag builtin/busybox true
    exits 125
    explains "${flag%%=*}" "host"
  done
}
