# network prune beside starts and connects: none of them meets a network that is going.
load lib
load net

teardown() { end_many; }

# prune_beside COUNT COMMAND...: the command as often as that in each of three loops ($LOOP: 1, 2, 3), with a fourth that
# prunes meanwhile.
prune_beside() {
  local count=$1 pruner pids=() pid failed=0
  shift
  prunes() { until [ -e "$BATS_TEST_TMPDIR/done" ]; do "$CCOCKER" network prune -f >/dev/null || return 1; done; }
  again_and_again() { for ((i = 0; i < count; ++i)); do "$@" || return 1; done; }
  prunes 2>>"$BATS_TEST_TMPDIR/err" 3>&- &
  pruner=$!
  for LOOP in 1 2 3; do
    again_and_again "$@" >/dev/null 2>>"$BATS_TEST_TMPDIR/err" 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  touch "$BATS_TEST_TMPDIR/done"
  wait "$pruner" || failed=1
  [ $failed = 0 ] || fail "$(cat "$BATS_TEST_TMPDIR/err")"
}

@test "runs beside prunes all succeed, on a network that works" {
  prune_beside 25 "$CCOCKER" run --rm builtin/busybox sh -c 'ping -c 1 -W 10 $(ip route | sed -n "s/^default via \([0-9.]*\).*/\1/p")'
}

@test "connects beside prunes all succeed" {
  "$CCOCKER" network create one >/dev/null
  for i in 1 2 3; do run_in_background --rm --name "aa$i" --network one builtin/busybox sleep 1000; done
  there_and_back() { "$CCOCKER" network connect bridge "aa$LOOP" && "$CCOCKER" network disconnect bridge "aa$LOOP"; }
  prune_beside 25 there_and_back
}

@test "a network that is removed beside a start is in use, or there is none of its name" {
  remove_it() { until [ -e "$BATS_TEST_TMPDIR/done" ]; do "$CCOCKER" network create two >/dev/null; "$CCOCKER" network rm two >/dev/null; done; }
  remove_it 2>"$BATS_TEST_TMPDIR/rm" 3>&- &
  for i in $(seq 60); do "$CCOCKER" run --rm --network two builtin/busybox true 2>>"$BATS_TEST_TMPDIR/run" 3>&- || true; done
  touch "$BATS_TEST_TMPDIR/done"
  wait
  ! grep -v 'no such network: two;' "$BATS_TEST_TMPDIR/run" || fail "run: $(cat "$BATS_TEST_TMPDIR/run")"
  ! grep -vE 'network two is in use|a network named two already' "$BATS_TEST_TMPDIR/rm" || fail "rm: $(cat "$BATS_TEST_TMPDIR/rm")"
  "$CCOCKER" network rm -f two >/dev/null
}
