# Two hundred containers, twenty at a time: different leases, all reachable, all gone; also when supervisors are killed.
load lib
load net

all_gone() {
  [ "$(container_links)" = 0 ] && [ -z "$(ls "$CCOCKER_STATE/networks/bridge")" ] && [ -z "$(ls "$CCOCKER_STATE/containers")" ]
}

# start_round NUMBER: twenty containers that say their address and stay until their input ends.
start_round() {
  local i
  pids=() rounds=$1
  for i in $(seq 20); do
    "$CCOCKER" run --rm --name "many-$1-$i" builtin/busybox \
      sh -c 'ip -o -4 addr show eth0 | sed -E "s/.*inet ([0-9.]+).*/\1/"; sleep 1000' >"$BATS_TEST_TMPDIR/out-$1-$i" 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
    pids+=($!)
  done
  all_up() { [ "$(cat "$BATS_TEST_TMPDIR/out-$rounds-"* | wc -l)" = 20 ]; }
  eventually all_up
}

ping_all() {
  local address
  for address in $(cat "$BATS_TEST_TMPDIR/out-$1-"*); do
    machine busybox ping -c 1 -W 5 "$address" >/dev/null || echo "$address" >>"$BATS_TEST_TMPDIR/silent"
  done
  [ ! -e "$BATS_TEST_TMPDIR/silent" ] || fail "no answer from $(cat "$BATS_TEST_TMPDIR/silent")"
}

# bats test_tags=long
@test "200 containers, 20 at a time: 20 different addresses each time, all answer, nothing left" {
  for round in $(seq 10); do
    start_round "$round"
    same "$(sort -u "$BATS_TEST_TMPDIR/out-$round-"* | wc -l)" 20
    ping_all "$round"
    for i in $(seq 20); do kill -KILL $(first_process_of "${pids[$((i - 1))]}") 2>/dev/null; done
    wait "${pids[@]}" 2>/dev/null || true
  done
  eventually all_gone || fail "left: $(machine ip -o link | grep vcc) $(ls "$CCOCKER_STATE/networks/bridge" "$CCOCKER_STATE/containers")"
  # How each was ended is said; nothing else is.
  ! grep -v 'killed by SIGKILL' "$BATS_TEST_TMPDIR/err" || fail "$(head "$BATS_TEST_TMPDIR/err")"
}

@test "the same with half of the supervisors killed by SIGKILL" {
  for round in $(seq 3); do
    start_round "$round"
    same "$(sort -u "$BATS_TEST_TMPDIR/out-$round-"* | wc -l)" 20
    for i in $(seq 20); do
      if [ $((i % 2)) = 0 ]; then
        kill -KILL "${pids[$((i - 1))]}" 2>/dev/null
      else
        kill -KILL $(first_process_of "${pids[$((i - 1))]}") 2>/dev/null
      fi
    done
    wait "${pids[@]}" 2>/dev/null || true
    try ps -a
    exits 0
    eventually all_gone
  done
}

@test "twenty first starts at once make one bridge" {
  "$CCOCKER" network prune -f
  start_round first
  same "$(machine ip -o link show type bridge | wc -l)" 1
  same "$(sort -u "$BATS_TEST_TMPDIR/out-first-"* | wc -l)" 20
  for i in $(seq 20); do kill -KILL $(first_process_of "${pids[$((i - 1))]}") 2>/dev/null; done
  wait "${pids[@]}" 2>/dev/null || true
}

@test "a start killed at every ninth system call leaves no link, lease or rule" {
  need strace
  local at=1 code
  while [ $at -lt 3000 ]; do
    code=0
    timeout 60 strace -o /dev/null -e inject=all:signal=KILL:when=$at nsenter --net="/run/netns/$MACHINE" "$REAL_CCOCKER" run --rm -p 8200:80 builtin/busybox true >/dev/null 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- || code=$?
    [ $code = 137 ] || break
    at=$((at + 9))
  done
  [ $at -gt 90 ] || fail "only up to call $at: $(tail -n 3 "$BATS_TEST_TMPDIR/err")"
  try ps -a
  exits 0
  eventually all_gone
  try run --rm -p 8200:80 builtin/busybox echo next
  prints next
  same "$(machine nft list tables | grep -c 'ccocker.*-.*-' || true)" 0
}
