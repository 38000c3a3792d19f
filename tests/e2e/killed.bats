# SIGKILL of ccocker in the middle of anything: the next command works, and nothing is left.
load lib

prepare_file() {
  need_image medium && export MEDIUM=$IMAGE
  need_image base && export BASE=$IMAGE
  "$CCOCKER" pull -q "$BASE" >/dev/null
}

# kill_after SECONDS ARGS...: runs ccocker and kills it with SIGKILL after that time, if it still runs.
kill_after() {
  local seconds=$1
  shift
  "$CCOCKER" "$@" >/dev/null 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
  local pid=$!
  sleep "$seconds"
  kill -KILL $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
}

seeded_times() {  # SEED COUNT LOW HIGH
  awk -v seed="$1" -v n="$2" -v low="$3" -v high="$4" 'BEGIN { srand(seed); for (i = 0; i < n; i++) printf "%.4f\n", low + rand() * (high - low) }'
}

# Nothing of the killed containers lives: neither processes, nor cgroups, nor records, nor mounts.
expect_nothing_runs() {
  try ps -aq
  exits 0
  prints ""
  settled() { [ -z "$(own_cgroups; running "$MARK")" ] && [ "$(host_mounts)" = "$MOUNTS_BEFORE" ]; }
  eventually settled
}

setup() {
  MOUNTS_BEFORE=$(host_mounts) MARK=$(marked_sleep)
}

staging_files() { find "$CCOCKER_ROOT" -mindepth 2 -maxdepth 3 \( -name '*staging*' -o -name '*.tmp*' -o -name '*partial*' \) 2>/dev/null; }

pull_is_whole() {
  try pull -q "$MEDIUM"
  exits 0
  try run --rm --pull never "$MEDIUM" sh -c 'sha256sum /data1/noise /data2/noise /data3/noise; ls /data1 /data2 /data3 | grep -c file-'
  exits 0
  for i in 1 2 3; do shows "^$(sha256sum <"$E2E/images/medium/d$i/data$i/noise" | cut -d' ' -f1) "; done
  shows '^4500$'
}

@test "a pull killed at twelve points: the next one is whole" {
  start=$(date +%s%N)
  pull_is_whole
  took=$(awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { print ns / 1e9 }')
  for seconds in $(seeded_times 1 12 0.005 "$took"); do
    "$CCOCKER" rmi "$MEDIUM" >/dev/null 2>&1 || true
    kill_after "$seconds" pull -q "$MEDIUM"
    try images -q
    exits 0
  done
  pull_is_whole
  try images -q
  exits 0
  same "$(staging_files)" ""
  size_killed=$(du -sk "$CCOCKER_ROOT" | cut -f1)
  try rmi "$MEDIUM"
  exits 0
  size_clean=$(du -sk "$CCOCKER_ROOT" | cut -f1)
  [ "$size_clean" -lt 12000 ] || fail "$size_clean KB stay after the image is removed (before: $size_killed KB)"
}

@test "a start killed at forty points leaves nothing" {
  for seconds in $(seeded_times 2 40 0.000 0.030); do
    kill_after "$seconds" run --rm "$BASE" $MARK
  done
  try run --rm "$BASE" echo next
  exits 0
  prints next
  expect_nothing_runs
}

# sweep STEP ARGS...: kills ccocker at the entry of its 1st, 1+STEPth, ... system call, until it gets through. Signals of
# strace's injection come at exactly that call, which a clock would never hit.
sweep() {
  local step=$1 at=1 code
  shift
  while [ $at -lt 5000 ]; do
    code=0
    timeout 60 strace -o /dev/null -e inject=all:signal=KILL:when=$at "$CCOCKER" "$@" >/dev/null 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- || code=$?
    [ $code != 124 ] || fail "killed at system call $at it hung: $*"
    [ $code = 137 ] || break
    at=$((at + step))
  done
  points=$((at / step))
  [ $points -ge 5 ] || fail "only $points points were hit (the last run ended with $code): $(tail -n 3 "$BATS_TEST_TMPDIR/err")"
}

@test "a start killed at every eleventh system call leaves nothing" {
  need strace
  sweep 11 run --rm "$BASE" true
  try run --rm "$BASE" echo next
  exits 0
  prints next
  expect_nothing_runs
}

@test "an exec killed at every fifth system call leaves the container as it was" {
  need strace
  start_container --rm --name target "$BASE" $MARK
  sweep 5 exec target true
  try exec target sh -c 'ps | grep -c "[t]rue"; echo fine'
  stop_container
  exits 0
  prints $'0\nfine'
  expect_nothing_runs
}

@test "a pull killed at some twenty system calls: the next one is whole" {
  need strace
  "$CCOCKER" rmi "$MEDIUM" >/dev/null 2>&1 || true
  calls=$(strace -c -o /dev/stdout "$CCOCKER" pull -q "$MEDIUM" | awk '$NF == "total" { print $4 }')
  [ "${calls:-0}" -gt 100 ] || fail "strace counted '$calls' system calls of a pull"
  for at in $(awk -v n="$calls" 'BEGIN { srand(6); for (i = 0; i < 20; i++) print 1 + int(rand() * n) }'); do
    "$CCOCKER" rmi "$MEDIUM" >/dev/null 2>&1 || true
    strace -o /dev/null -e inject=all:signal=KILL:when="$at" "$CCOCKER" pull -q "$MEDIUM" >/dev/null 2>&1 </dev/null 3>&- || true
  done
  pull_is_whole
  same "$(staging_files)" ""
}

@test "a run killed while its container lives takes the container along" {
  for round in 1 2 3; do
    start_container --rm "$BASE" $MARK
    kill -KILL "$supervisor"
    wait "$supervisor" 2>/dev/null || true
  done
  expect_nothing_runs
}

@test "the name of a killed run --rm is free for the next run, volumes and all" {
  start_container --rm --name again -v /data "$BASE" $MARK
  kill -KILL "$supervisor"
  wait "$supervisor" 2>/dev/null || true
  try run --rm --name again -v /data "$BASE" echo anew
  exits 0
  prints anew
  try volume ls -q
  prints ""
}

@test "a run without --rm that was killed is listed as ended, and can be removed" {
  start_container --name victim "$BASE" $MARK
  kill -KILL "$supervisor"
  wait "$supervisor" 2>/dev/null || true
  try ps -a
  shows '(Exited|Dead).* victim$'
  try rm victim
  exits 0
  expect_nothing_runs
}

@test "a first use of the built-in image killed at ten points" {
  for seconds in $(seeded_times 3 10 0.000 0.040); do
    CCOCKER_ROOT=$BATS_TEST_TMPDIR/root kill_after "$seconds" run --rm builtin/busybox true
  done
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/root try run --rm builtin/busybox echo whole
  exits 0
  prints whole
}

@test "a rmi killed at ten points: what is listed can run, what is not is gone" {
  for seconds in $(seeded_times 4 10 0.000 0.120); do
    "$CCOCKER" pull -q "$MEDIUM" >/dev/null
    kill_after "$seconds" rmi "$MEDIUM"
    try images -q
    exits 0
  done
  pull_is_whole
}

# bats test_tags=long
@test "a load killed at ten points stores nothing or all" {
  skopeo copy -q "oci:$E2E/images/medium/layout:1" "docker-archive:$BATS_TEST_TMPDIR/medium.tar:loaded/medium:1"
  for seconds in $(seeded_times 5 10 0.010 0.600); do
    kill_after "$seconds" load -i "$BATS_TEST_TMPDIR/medium.tar"
    try images
    exits 0
    "$CCOCKER" rmi -f loaded/medium:1 >/dev/null 2>&1 || true
  done
  try load -i "$BATS_TEST_TMPDIR/medium.tar"
  exits 0
  try run --rm --pull never loaded/medium:1 sha256sum /data3/noise
  shows "^$(sha256sum <"$E2E/images/medium/d3/data3/noise" | cut -d' ' -f1) "
  same "$(staging_files)" ""
}
