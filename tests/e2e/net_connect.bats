# network connect and disconnect beside each other, beside starts and ends: record, leases and links agree afterwards.
load lib
load net

NETWORKS="n1 n2 n3 n4 n5 n6 n7 n8"

prepare_file() {
  make_machines
  local name
  for name in $NETWORKS; do "$CCOCKER" network create "$name" >/dev/null || return 1; done
}

teardown() {
  local id
  for id in $("$CCOCKER" ps -aq); do "$CCOCKER" rm -f "$id" >/dev/null; done
}

stays() { "$CCOCKER" run -d --name "$@" >/dev/null || fail "$1 did not start"; }
interfaces() { "$CCOCKER" exec "$1" sh -c 'cd /sys/class/net && echo *'; }

recorded() { "$CCOCKER" inspect -f '{{range $name, $it := .NetworkSettings.Networks}}{{$name}} {{$it.IPAddress}}{{"\n"}}{{end}}' "$1" | grep . | sort; }
leased() {
  local id lease
  id=$("$CCOCKER" inspect -f '{{.Id}}' "$1")
  for lease in "$CCOCKER_STATE"/networks/*/*; do
    case $(readlink "$lease") in "1 $id "*) echo "$(basename "$(dirname "$lease")") $(basename "$lease")" ;; esac
  done | sort
}
# The addresses that the container has on links whose other ends are on bridges of the host.
linked() { "$CCOCKER" exec "$1" ip -o -4 addr show scope global | sed -E 's/.*inet ([0-9.]+).*/\1/' | sort; }

# Those that the container finds beside its own name.
known() { "$CCOCKER" exec "$1" sh -c 'sed -n "s/\t$(hostname)$//p" /etc/hosts' | grep -F . | sort; }

agree() {
  shown="what container $1 has"
  same "$(leased "$1")" "$(recorded "$1")"
  same "$(linked "$1")" "$(recorded "$1" | cut -d' ' -f2 | sort)"
  same "$(known "$1")" "$(recorded "$1" | cut -d' ' -f2 | sort)"
  eventually links_are "$(recorded "$1" | wc -l)"
}

# at_once COMMAND...: for each of the networks in parallel; fails when one does.
at_once() {
  local name pid pids=() failed=0
  for name in $NETWORKS; do
    "$CCOCKER" network "$1" "$name" "$2" 2>>"$BATS_TEST_TMPDIR/err" 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  [ $failed = 0 ] || fail "$1: $(cat "$BATS_TEST_TMPDIR/err")"
}

@test "eight connects at once, and eight disconnects, all happen" {
  stays cc builtin/busybox sleep 1000
  for round in 1 2 3; do
    at_once connect cc
    agree cc
    same "$(recorded cc | wc -l)" 9
    at_once disconnect cc
    agree cc
    same "$(recorded cc | cut -d' ' -f1)" bridge
  done
}

@test "a default route of the container's own stays as networks come and go" {
  stays cc --cap-add NET_ADMIN builtin/busybox sleep 1000
  "$CCOCKER" network connect n1 cc
  default_route() { "$CCOCKER" exec cc ip route | grep ^default || true; }
  "$CCOCKER" exec cc ip route replace default dev lo
  "$CCOCKER" network disconnect n1 cc
  same "$(default_route | sed 's/ *scope.*//')" "default dev lo"
  "$CCOCKER" exec cc ip route del default
  "$CCOCKER" network connect n1 cc
  "$CCOCKER" network disconnect n1 cc
  same "$(default_route)" ""
}

@test "connects and disconnects crosswise, with renames: each fails as a sentence or happens whole" {
  stays cc builtin/busybox sleep 1000
  id=$("$CCOCKER" inspect -f '{{.Id}}' cc)
  crosswise() {
    local i
    for i in 1 2 3; do
      "$CCOCKER" network connect "$1" "$id"
      "$CCOCKER" network disconnect "$1" "$id"
    done
  }
  renames() {
    local i
    for i in 1 2 3 4; do "$CCOCKER" rename "$id" "cc$i"; done
  }
  for name in n1 n1 n2 n2 n3 n4 n5; do crosswise "$name" 2>>"$BATS_TEST_TMPDIR/err" 3>&- & done
  renames 3>&- &
  wait
  ! grep -vE 'is on network n[0-9] already$|is not on network n[0-9]$' "$BATS_TEST_TMPDIR/err" || fail "$(cat "$BATS_TEST_TMPDIR/err")"
  agree "$id"
  "$CCOCKER" network connect n8 "$id"
  for lease in $(leased "$id" | tr ' ' /); do
    readlink "$CCOCKER_STATE/networks/$lease" | grep -q ' cc4,' || fail "a lease without the new name: $(readlink "$CCOCKER_STATE/networks/$lease")"
  done
}

@test "two connects to one network: one of them says that it is on it already" {
  stays cc builtin/busybox sleep 1000
  for round in 1 2 3; do
    "$CCOCKER" network connect n1 cc 2>"$BATS_TEST_TMPDIR/one" 3>&- &
    first=$!
    "$CCOCKER" network connect n1 cc 2>"$BATS_TEST_TMPDIR/two" 3>&- &
    second=$! good=0
    wait $first || good=$((good + 1))
    wait $second || good=$((good + 1))
    same $good 1
    cat "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two" | grep -q 'on network n1 already' || fail "not said"
    agree cc
    "$CCOCKER" network disconnect n1 cc
  done
}

@test "a container that is just starting is connected when it has started" {
  for round in 1 2 3 4 5 6; do
    "$CCOCKER" create --name "cc$round" builtin/busybox sleep 1000 >/dev/null
    "$CCOCKER" start "cc$round" >/dev/null 3>&- &
    starter=$!
    "$CCOCKER" network connect n1 "cc$round"
    wait $starter
    same "$(interfaces "cc$round")" "eth0 eth1 lo"
    agree "cc$round"
    "$CCOCKER" rm -f "cc$round" >/dev/null
  done
}

@test "a paused container is connected and disconnected at once" {
  stays cc builtin/busybox sleep 1000
  "$CCOCKER" pause cc >/dev/null
  "$CCOCKER" network connect n1 cc
  "$CCOCKER" network disconnect bridge cc
  "$CCOCKER" unpause cc >/dev/null
  same "$(interfaces cc)" "eth1 lo"
  agree cc
}

@test "what was connected and disconnected is so after a restart by policy, too" {
  stays cc --restart always builtin/busybox sh -c 'rm -f /end; until [ -e /end ]; do sleep 0.1; done'
  "$CCOCKER" network connect --alias bee n1 cc
  "$CCOCKER" network disconnect bridge cc
  "$CCOCKER" exec cc touch /end
  restarted() { [ "$("$CCOCKER" inspect -f '{{.RestartCount}} {{.State.Status}}' cc)" = "1 running" ]; }
  eventually restarted
  same "$(interfaces cc)" "eth0 lo"
  same "$(recorded cc | cut -d' ' -f1)" n1
  agree cc
  "$CCOCKER" run --rm --network n1 builtin/busybox ping -c 1 -W 5 bee >/dev/null || fail "not found by its alias"
}

@test "connects while it ends: no lease and no link stays" {
  for round in 1 2 3 4 5; do
    stays cc builtin/busybox sleep 1000
    for name in n1 n2 n3; do "$CCOCKER" network connect "$name" cc 2>>"$BATS_TEST_TMPDIR/err" 3>&- & done
    "$CCOCKER" kill cc >/dev/null
    wait
    ! grep -v 'ended just now$' "$BATS_TEST_TMPDIR/err" || fail "$(cat "$BATS_TEST_TMPDIR/err")"
    same "$(leased cc)" ""
    eventually no_links
    "$CCOCKER" rm cc >/dev/null
  done
}

# killed_at_each COMMAND AGAIN...: the command killed by SIGKILL when it has made one of its system calls so often, for ever more; after
# each, AGAIN.
killed_at_each() {
  local at=1 code
  while [ $at -lt 3000 ]; do
    code=0
    timeout 60 strace -o /dev/null -e inject=all:signal=KILL:when=$at nsenter --net="/run/netns/$MACHINE" "$REAL_CCOCKER" $1 >/dev/null 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- || code=$?
    "${@:2}"
    [ $code = 137 ] || break
    at=$((at + 2))
  done
  [ $at -gt 20 ] || fail "only up to $at, code $code: $(cat "$BATS_TEST_TMPDIR/err" | grep ^ccocker)"
}

# bats test_tags=long
@test "a connect and a disconnect killed anywhere: the next one makes it whole" {
  need strace
  stays cc -p 8120:80 builtin/busybox sleep 1000
  connect_again() {
    "$CCOCKER" network connect n1 cc 2>/dev/null || true
    agree cc
    same "$(recorded cc | wc -l)" 2
    "$CCOCKER" network disconnect n1 cc
  }
  killed_at_each "network connect n1 cc" connect_again
  disconnect_again() {
    "$CCOCKER" network disconnect bridge cc 2>/dev/null || true
    agree cc
    same "$(recorded cc | wc -l)" 0
    "$CCOCKER" network connect bridge cc
  }
  killed_at_each "network disconnect bridge cc" disconnect_again
  same "$("$CCOCKER" port cc 80 | head -n 1)" 0.0.0.0:8120
}

# interrupted INJECTION COMMAND...: `network COMMAND` with that done to it by strace.
interrupted() {
  run --separate-stderr timeout 60 strace -o /dev/null -e "inject=$1" nsenter --net="/run/netns/$MACHINE" "$REAL_CCOCKER" network "${@:2}"
}
on_record=renameat,renameat2  # the last of a connect: its record gets its name

@test "a connect that is killed before its record is written: a disconnect undoes it, and so does the next connect" {
  need strace
  "$CCOCKER" network create left >/dev/null
  stays cc builtin/busybox sleep 1000
  interrupted "$on_record:signal=KILL" connect left cc
  exits 137
  same "$(interfaces cc)" "eth0 eth1 lo"
  try network rm left
  exits 1
  explains 'in use by container cc'
  try network disconnect left cc
  exits 0
  quiet
  agree cc
  try network disconnect left cc
  exits 1
  explains 'is not on network left'
  interrupted "$on_record:signal=KILL" connect left cc
  exits 137
  "$CCOCKER" network connect n1 cc
  agree cc
  same "$(recorded cc | cut -d' ' -f1 | xargs)" "bridge n1"
  "$CCOCKER" network rm left
}

@test "a connect whose record cannot be written leaves the container as it was" {
  need strace
  stays cc builtin/busybox sleep 1000
  interrupted "$on_record:error=ENOSPC" connect n1 cc
  exits 1
  explains 'No space left'
  same "$(recorded cc | cut -d' ' -f1)" bridge
  agree cc
}

@test "a container's hostname is found on a network that it was connected to" {
  stays cc --network n1 --hostname box builtin/busybox sleep 1000
  "$CCOCKER" network connect n2 cc
  "$CCOCKER" run --rm --network n1 builtin/busybox ping -c 1 -W 5 box >/dev/null || fail "not where it was started"
  "$CCOCKER" run --rm --network n2 builtin/busybox ping -c 1 -W 5 box >/dev/null || fail "not where it was connected"
}

@test "a container is taken off a network that is gone, or was never made" {
  "$CCOCKER" network create going >/dev/null
  "$CCOCKER" create --name cc --network going builtin/busybox true >/dev/null
  "$CCOCKER" network rm going
  try start cc
  [ "$status" != 0 ] || fail "it started"
  try network disconnect going cc
  exits 0
  quiet
  try network disconnect going cc
  exits 1
  explains 'is not on network going'
  local fresh=(--root "$BATS_TEST_TMPDIR/root" --state "$BATS_TEST_TMPDIR/state")
  "$CCOCKER" "${fresh[@]}" create --name fresh builtin/busybox true >/dev/null
  try "${fresh[@]}" network disconnect bridge fresh
  code=$status
  "$CCOCKER" "${fresh[@]}" rm fresh >/dev/null
  same "$code" 0
  quiet
}
