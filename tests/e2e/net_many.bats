# Two hundred containers: different leases, all reachable, all gone; also when supervisors are killed.
load lib
load net

teardown() { "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true; }

all_gone() {
  "$CCOCKER" ps -a >/dev/null  # sweeps; a process that is being killed may hold on to its container when the first one looks
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

namespaces_of() { local pid; for pid in "$@"; do readlink "/proc/$pid/ns/net" 2>/dev/null || true; done | sort -u; }
rules_of_containers() { machine nft list tables | grep -c 'ccocker.*-.*-' || true; }

# bats test_tags=long
@test "200 containers that live at once, started 20 at a time: 200 different leases, all answer, and nothing is left" {
  local round i address pids namespaces
  eventually no_links
  for round in $(seq 10); do
    pids=()
    for i in $(seq 20); do
      # Every tenth has a published port, too, of the kernel's choice.
      "$CCOCKER" run -d --rm --name "many-$round-$i" $([ $((i % 10)) != 0 ] || echo -p 80) builtin/busybox sleep 1000 >/dev/null 2>>"$BATS_TEST_TMPDIR/err" 3>&- &
      pids+=($!)
    done
    wait "${pids[@]}" || fail "$(cat "$BATS_TEST_TMPDIR/err")"
  done
  same "$(cat "$BATS_TEST_TMPDIR/err")" ""
  same "$("$CCOCKER" ps -q | wc -l)" 200
  "$CCOCKER" ps -q | xargs "$CCOCKER" inspect -f '{{.State.Pid}} {{.NetworkSettings.IPAddress}}' >"$BATS_TEST_TMPDIR/all"
  same "$(cut -d' ' -f2 "$BATS_TEST_TMPDIR/all" | sort -u | wc -l)" 200
  same "$(container_links)" 200
  same "$(rules_of_containers)" 20
  namespaces=$(namespaces_of $(cut -d' ' -f1 "$BATS_TEST_TMPDIR/all"))
  same "$(wc -l <<<"$namespaces")" 200
  for address in $(cut -d' ' -f2 "$BATS_TEST_TMPDIR/all"); do
    machine busybox ping -c 1 -W 10 "$address" >/dev/null || fail "no answer from $address"
  done
  # Half of them end with their supervisor, killed; the others as one ends a container.
  kill -KILL $(own_processes 'run -d --rm --name many-[0-9]*[02468]-')
  "$CCOCKER" ps -q | xargs "$CCOCKER" rm -f >/dev/null
  try ps -a
  exits 0
  eventually all_gone
  same "$(rules_of_containers)" 0
  no_namespaces() { [ -z "$(namespaces_of $(ps -eo pid=) | comm -12 - <(echo "$namespaces"))" ]; }
  eventually no_namespaces
}

@test "sixty containers in the foreground, twenty at a time, half of their supervisors killed by SIGKILL" {
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

# killed_at STEP PREPARE...: starts killed at every STEPth system call, each after PREPARE; then the next one works.
killed_at() {
  need strace
  local step=$1 at=1 code
  shift
  while [ $at -lt 3000 ]; do
    "$@"
    code=0
    timeout 60 strace -o /dev/null -e inject=all:signal=KILL:when=$at nsenter --net="/run/netns/$MACHINE" "$REAL_CCOCKER" run --rm -p 8200:80 builtin/busybox true >/dev/null 2>>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- || code=$?
    [ $code = 137 ] || break
    at=$((at + step))
  done
  [ $at -gt 90 ] || fail "only up to call $at: $(tail -n 3 "$BATS_TEST_TMPDIR/err")"
  try ps -a
  exits 0
  eventually all_gone
  try run --rm -p 8200:80 builtin/busybox echo next
  prints next
  same "$(rules_of_containers)" 0
}

@test "a start killed at every ninth system call leaves no link, lease or rule" {
  killed_at 9 true
}

@test "nor does a first one, which makes the bridge; there is only ever one, with the first name" {
  killed_at 2 "$CCOCKER" network prune -f
  same "$(machine ip -o link show type bridge | sed -E 's/^[0-9]+: ([^:]*):.*/\1/')" ccocker0
  "$CCOCKER" network prune -f
  same "$(machine ip -o link show type bridge)" ""
}
