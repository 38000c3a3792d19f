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
  none_listed() { [ -z "$("$CCOCKER" ps -aq)" ]; }  # what is being killed holds on to its container until it is dead
  eventually none_listed
  leftovers() { own_cgroups; running "$MARK"; diff <(echo "$MOUNTS_BEFORE") <(host_mounts) || true; }
  settled() { [ -z "$(leftovers)" ]; }
  eventually settled || fail "left: $(leftovers)"
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
  alone() { [ "$("$CCOCKER" exec target sh -c 'ps | grep -c "[t]rue"; echo fine')" = $'0\nfine' ]; }
  eventually alone  # the last one that was killed may be dying
  stop_container
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

# kill_at CALL WHEN ARGS...: kills ccocker at the entry of its WHENth system call of that name; sets $code.
kill_at() {
  local call=$1 when=$2
  shift 2
  code=0
  timeout 60 strace -o /dev/null -e "inject=$call:signal=KILL:when=$when" "$CCOCKER" "$@" >/dev/null 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- || code=$?
  [ $code != 124 ] || fail "killed at $call number $when it hung: $*"
}

# call_points SEED COUNT ARGS...: runs ccocker to its end, and prints system calls of it (CALL WHEN), picked at random
# from all that it made. strace counts each kind of call for itself.
call_points() {
  local seed=$1 count=$2
  shift 2
  strace -c -S name -U calls,name -o "$BATS_TEST_TMPDIR/calls" "$CCOCKER" "$@" >/dev/null 2>&1 </dev/null 3>&- || fail "failed: $*"
  awk -v seed="$seed" -v n="$count" '
    $1 ~ /^[0-9]+$/ && $2 != "total" && $2 != "execve" { for (i = 1; i <= $1; i++) points[total++] = $2 " " i }
    END { srand(seed); for (i = 0; i < n && total > 100; i++) print points[int(rand() * total)] }' "$BATS_TEST_TMPDIR/calls"
}

seeded_numbers() { awk -v seed="$1" -v n="$2" -v low="$3" -v high="$4" 'BEGIN { srand(seed); for (i = 0; i < n; i++) print low + int(rand() * (high - low)) }'; }

# push_is_whole NAME: the next push works, and what the registry has is the image.
push_is_whole() {
  try push -q "$1"
  exits 0
  prints "$1"
  same "$(skopeo inspect --tls-verify=false --raw "docker://$1" | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["config"]["digest"])')" "$ID"
  rm -rf "$BATS_TEST_TMPDIR/again"
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/again try pull -q "$1"
  exits 0
  same "$(CCOCKER_ROOT=$BATS_TEST_TMPDIR/again "$CCOCKER" images --no-trunc --format '{{.ID}}' "$1")" "$ID"
}

# bats test_tags=long
@test "a push killed at twenty points: the next one is whole, and nothing is left" {
  need strace
  start_other_registry
  "$CCOCKER" pull -q "$MEDIUM" >/dev/null
  ID=$("$CCOCKER" images --no-trunc --format '{{.ID}}' "$MEDIUM")
  local there=$(address_of other)/killed-$$/push start took before points number times call at hits=0
  "$CCOCKER" tag "$MEDIUM" "$there-0:1"
  start=$(date +%s%N)
  push_is_whole "$there-0:1"
  took=$(awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { print ns / 2e9 }')  # half is the pull
  "$CCOCKER" rmi "$there-0:1" >/dev/null
  files() { find "$CCOCKER_ROOT" "$CCOCKER_STATE" | sort; }
  "$CCOCKER" run --rm --network none "$MEDIUM" true  # what is there from the first container on
  "$CCOCKER" ps -aq
  before=$(files)
  # A repository of its own each: in one that has the layers already nothing is sent.
  "$CCOCKER" tag "$MEDIUM" "$there-1:1"
  points=$(call_points 8 8 push -q "$there-1:1")
  "$CCOCKER" rmi "$there-1:1" >/dev/null
  times=($(seeded_times 7 8 0.005 "$took"))
  number=1
  while read -r call at; do
    number=$((number + 1))
    "$CCOCKER" tag "$MEDIUM" "$there-$number:1"
    kill_at "$call" "$at" push -q "$there-$number:1"
    [ $code != 137 ] || hits=$((hits + 1))
    kill_after "${times[number - 2]}" push -q "$there-$number:1"  # of what the first one did not send
    push_is_whole "$there-$number:1"
    "$CCOCKER" rmi "$there-$number:1" >/dev/null
  done <<<"$points"
  # Where a file that is written takes its name.
  "$CCOCKER" tag "$MEDIUM" "$there:1"
  for at in 1 2 3 4; do
    kill_at renameat "$at" push -q "$there:1"
    [ $code != 137 ] || hits=$((hits + 1))
  done
  push_is_whole "$there:1"
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/again try run --rm --network none --pull never "$there:1" sha256sum /data2/noise
  shows "^$(sha256sum <"$E2E/images/medium/d2/data2/noise" | cut -d' ' -f1) "
  "$CCOCKER" rmi "$there:1" >/dev/null
  [ $hits -ge 6 ] || fail "only $hits of 12 kills met a push"
  expect_nothing_runs
  same "$(diff <(echo "$before") <(files))" ""
}

# What a volume at /data1 holds, seen from a container: names, modes, owners, times and all bytes.
data_seen() {  # ARGS...
  "$CCOCKER" run --rm --network none "$@" "$MEDIUM" sh -c \
    'cd /data1 && find . | sort | xargs stat -c "%n %f %u:%g %Y" | sha256sum && cat noise file-* | sha256sum && find . | wc -l'
}

volume_is_whole() {  # NAME
  same "$(data_seen -v "$1:/data1")" "$WHOLE"
  same "$(ls -A "$CCOCKER_ROOT/volumes/$1" | paste -sd' ')" "_data volume.json"
}

no_volume_is_left() {
  "$CCOCKER" volume ls -q | xargs "$CCOCKER" volume rm >/dev/null
  same "$(ls -A "$CCOCKER_ROOT/volumes")" ""
}

# bats test_tags=long
@test "the first use of a volume killed at some twenty points: the next sees all that the image has there" {
  need strace
  "$CCOCKER" pull -q "$MEDIUM" >/dev/null
  WHOLE=$(data_seen)
  [ "$(tail -1 <<<"$WHOLE")" = 1502 ] || fail "the image has not what was put in: $WHOLE"
  local points=$(call_points 9 12 run --rm --network none -v counted:/data1 "$MEDIUM" true) call at number=0 hits=0
  while read -r call at; do
    number=$((number + 1))
    kill_at "$call" "$at" run --rm --network none -v "volume-$number:/data1" "$MEDIUM" true
    [ $code != 137 ] || hits=$((hits + 1))
    volume_is_whole "volume-$number"
  done <<<"$points"
  # The volume's making, its first and its last files, the end of the copy.
  for point in 'mkdirat 1' 'mkdirat 2' 'fsync 1' 'renameat 1' 'renameat2 1' 'fchown 1' 'utimensat 1' 'flistxattr 1502' 'fchown 1502' 'utimensat 1502'; do
    number=$((number + 1))
    kill_at $point run --rm --network none -v "volume-$number:/data1" "$MEDIUM" true
    [ $code != 137 ] || hits=$((hits + 1))
    volume_is_whole "volume-$number"
  done
  [ $hits -ge 18 ] || fail "only $hits of 22 kills met a run"
  expect_nothing_runs
  no_volume_is_left
}

@test "a volume whose half copy is being taken away by a run that is killed too: the next sees all" {
  need strace
  "$CCOCKER" pull -q "$MEDIUM" >/dev/null
  WHOLE=$(data_seen)
  local number=0 hits=0
  for at in $(seeded_numbers 12 5 200 1500); do
    number=$((number + 1))
    kill_at fchown "$at" run --rm --network none -v "twice-$number:/data1" "$MEDIUM" true
    same "$code" 137
    kill_at unlinkat $((at / 2)) run --rm --network none -v "twice-$number:/data1" "$MEDIUM" true
    [ $code != 137 ] || hits=$((hits + 1))
    volume_is_whole "twice-$number"
  done
  [ $hits -ge 3 ] || fail "only $hits of 5 kills met the removal"
  expect_nothing_runs
  no_volume_is_left
}

@test "a volume whose copy was killed is empty for one who wants no copy, and whole for the next" {
  need strace
  "$CCOCKER" pull -q "$MEDIUM" >/dev/null
  WHOLE=$(data_seen)
  kill_at fchown 700 run --rm --network none -v half:/data1 "$MEDIUM" true
  same "$code" 137
  try run --rm --network none -v half:/data1:nocopy "$MEDIUM" sh -c 'ls -A /data1 | wc -l'
  exits 0
  prints 0
  volume_is_whole half
  expect_nothing_runs
  no_volume_is_left
}
