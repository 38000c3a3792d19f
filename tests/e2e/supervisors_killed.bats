# SIGKILL of supervisors, of commands half-way, of everything at once, at seeded points: never a container that no command
# can see, a lock nobody holds, a record that does not parse, or anything left.
load lib

setup() { MOUNTS_BEFORE=$(host_mounts) MARK=$(marked_sleep); }
teardown() { "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true; }

# Every directory of a container is one that ps shows, and every record parses (a damaged one would say so).
nothing_hidden() {
  local id listed
  listed=$("$CCOCKER" ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}') || fail "ps failed"
  for id in $(ls "$CCOCKER_ROOT/containers" | grep -xE '[0-9a-f]{64}'); do
    [ ! -e "$CCOCKER_ROOT/containers/$id/config.json" ] || grep -q "^$id " <<<"$listed" || fail "$id is not listed"
  done
  ! "$CCOCKER" ps -a --format '{{.Names}} {{.Status}}' | grep -i damaged || fail "a record does not parse"
}

nothing_left() {
  "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true
  try ps -aq
  exits 0
  prints ""
  settled() { [ -z "$(own_cgroups; running "$MARK"; own_processes)" ] && [ "$(host_mounts)" = "$MOUNTS_BEFORE" ]; }
  eventually settled
  same "$(ls "$CCOCKER_STATE/containers" 2>/dev/null | wc -l)" 0
  same "$(ls "$CCOCKER_ROOT/containers" | grep -cxE '[0-9a-f]{64}')" 0
  same "$(ls "$CCOCKER_ROOT/containers/names" | wc -l)" 0
}

@test "a supervisor that is killed takes its container with it; ps -a says so, and start brings it back" {
  "$CCOCKER" run -d --name orphan builtin/busybox $MARK >/dev/null
  local supervisor=$(own_processes)
  kill -KILL "$supervisor"
  dead() { [ -z "$(running "$MARK")" ]; }
  eventually dead
  try ps -a --filter name=orphan --format '{{.State}} {{.ExitCode}}'
  prints "exited 137"
  try start orphan
  exits 0
  try ps --filter name=orphan --format '{{.State}}'
  prints running
  nothing_left
}

@test "150 commands killed half-way, seeded: the next ones work and see everything" {
  RANDOM=4711
  local round words pid names=(a b c d)
  for round in $(seq 150); do
    local name=${names[$((RANDOM % 4))]}
    case $((RANDOM % 10)) in
      0 | 1 | 2) words="run -d --name $name builtin/busybox $MARK" ;;
      3) words="run -d --restart always --name $name builtin/busybox $MARK" ;;
      4) words="stop -t 0 $name" ;;
      5) words="restart -t 0 $name" ;;
      6) words="rm -f $name" ;;
      7) words="rename $name ${names[$((RANDOM % 4))]}" ;;
      8) words="exec $name $MARK" ;;
      9) words="update --pids-limit $((20 + RANDOM % 50)) $name" ;;
    esac
    "$CCOCKER" $words >/dev/null 2>&1 </dev/null 3>&- &
    pid=$!
    sleep "0.0$((RANDOM % 35 + 10))"
    kill -KILL $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    [ $((round % 10)) != 0 ] || nothing_hidden
  done
  nothing_hidden
  nothing_left
}

@test "100 supervisors killed, seeded: starting, running, restarting, stopping" {
  RANDOM=1147
  local round victim
  for round in $(seq 25); do
    local i
    for i in 1 2 3 4; do
      "$CCOCKER" run -d --restart $([ $((RANDOM % 2)) = 0 ] && echo no || echo always) --name s$round-$i builtin/busybox \
        sh -c "sleep 0.0$((RANDOM % 9 + 1)); [ $((RANDOM % 3)) != 0 ] && exec $MARK" >/dev/null 2>&1 3>&- &
    done
    sleep "0.$((RANDOM % 25 + 10))"
    for victim in $(own_processes); do kill -KILL "$victim" 2>/dev/null || true; done
    wait
    nothing_hidden
    [ $((round % 5)) != 0 ] || "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true
  done
  nothing_left
}

@test "50 times everything at once: supervisors, commands and containers" {
  RANDOM=815
  local round pid
  for round in $(seq 50); do
    "$CCOCKER" run -d --name x$((RANDOM % 5)) builtin/busybox $MARK >/dev/null 2>&1 3>&- &
    "$CCOCKER" stop -t 0 x$((RANDOM % 5)) >/dev/null 2>&1 3>&- &
    "$CCOCKER" rm -f x$((RANDOM % 5)) >/dev/null 2>&1 3>&- &
    sleep "0.0$((RANDOM % 90 + 10))"
    for pid in $(own_processes) $(running "$MARK"); do kill -KILL "$pid" 2>/dev/null || true; done
    wait
    [ $((round % 10)) != 0 ] || nothing_hidden
  done
  nothing_hidden
  nothing_left
}
