# Two hundred starts in a row, and twenty at a time: all succeed.
load lib

@test "two hundred starts in a row" {
  "$CCOCKER" run --rm builtin/busybox true
  local i
  for i in $(seq 200); do
    "$CCOCKER" run --rm builtin/busybox sh -c "exit $((i % 100))" 2>>"$BATS_TEST_TMPDIR/err" </dev/null && code=0 || code=$?
    [ $code = $((i % 100)) ] || echo "start $i gave $code" >>"$BATS_TEST_TMPDIR/wrong"
  done
  [ ! -e "$BATS_TEST_TMPDIR/wrong" ] || fail "$(cat "$BATS_TEST_TMPDIR/wrong" "$BATS_TEST_TMPDIR/err")"
  [ ! -s "$BATS_TEST_TMPDIR/err" ] || fail "$(head "$BATS_TEST_TMPDIR/err")"
}

@test "twenty at a time, ten times" {
  local round i pids
  for round in $(seq 10); do
    pids=()
    for i in $(seq 20); do
      "$CCOCKER" run --rm builtin/busybox sh -c "exit $i" 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
      pids+=($!)
    done
    for i in $(seq 20); do
      code=0
      wait "${pids[$((i - 1))]}" || code=$?
      [ $code = "$i" ] || echo "round $round start $i gave $code" >>"$BATS_TEST_TMPDIR/wrong"
    done
  done
  [ ! -e "$BATS_TEST_TMPDIR/wrong" ] || fail "$(cat "$BATS_TEST_TMPDIR/wrong" "$BATS_TEST_TMPDIR/err")"
  try ps -aq
  prints ""
}

@test "twenty first uses of an empty store at a time" {
  local i pids=()
  export CCOCKER_ROOT=$BATS_TEST_TMPDIR/root CCOCKER_STATE=$BATS_TEST_TMPDIR/state
  for i in $(seq 20); do
    "$CCOCKER" run --rm builtin/busybox echo up >>"$BATS_TEST_TMPDIR/out" 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
    pids+=($!)
  done
  for i in $(seq 20); do wait "${pids[$((i - 1))]}" || fail "$(cat "$BATS_TEST_TMPDIR/err")"; done
  same "$(grep -c '^up$' "$BATS_TEST_TMPDIR/out")" 20
}

# What two CPUs meet once in some thousand starts: the wake of a message comes after the message has been read.
@test "a wake with nothing to read is no failure" {
  need strace
  same "$(strace -o "$BATS_TEST_TMPDIR/trace" -e trace=recvmsg -e inject=recvmsg:error=EAGAIN:when=1+2 \
    "$CCOCKER" run --rm --network none builtin/busybox echo up 2>&1)" up
  grep -q "EAGAIN.*INJECTED" "$BATS_TEST_TMPDIR/trace" || fail "nothing was injected: $(cat "$BATS_TEST_TMPDIR/trace")"
}
