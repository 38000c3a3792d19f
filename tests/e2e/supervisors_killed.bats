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
  parse_records || fail "a record does not parse"
  # A damaged one would be listed, and say so here.
  local ids=$(cut -d' ' -f1 <<<"$listed")
  [ -z "$ids" ] || ! "$CCOCKER" inspect --type container -f '{{.Id}} {{.State.Error}}' $ids | grep -i damaged || fail "a record is damaged"
}

# A record is replaced by a rename: whoever reads finds a whole one, whenever its writer was killed.
parse_records() {
  "$PYTHON" - "$CCOCKER_ROOT" "$CCOCKER_STATE" <<'END'
import glob, json, sys
for directory in sys.argv[1:]:
    for path in glob.glob(directory + "/containers/*/*.json"):
        if path.endswith("-json.log"): continue
        try:
            json.load(open(path))
        except FileNotFoundError:
            pass  # its container has just gone
END
}

# The links on our own bridge, and the leases there.
own_links() { ip -o link show master "$("$CCOCKER" network inspect bridge -f '{{index .Options "com.docker.network.bridge.name"}}')" 2>/dev/null; }
own_leases() { find "$CCOCKER_STATE/networks" -type l ! -name '.last*' 2>/dev/null; }

nothing_left() {
  removed() { "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true; [ -z "$("$CCOCKER" ps -aq)" ]; }
  eventually removed  # what is being killed holds on to its container until it is dead
  try ps -aq
  exits 0
  prints ""
  settled() {
    left=$(own_cgroups; running "$MARK"; own_processes; own_links; own_leases)
    [ -z "$left" ] && [ "$(host_mounts)" = "$MOUNTS_BEFORE" ]
  }
  eventually settled || fail "left: $left"
  "$CCOCKER" volume prune -af >/dev/null
  same "$("$CCOCKER" volume ls -q)" ""
  same "$(find "$CCOCKER_ROOT/volumes" -mindepth 1 -maxdepth 1 ! -name '.*' 2>/dev/null)" ""
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

@test "restart of a container whose supervisor was killed: the dead one's end is told, and nothing of it is left" {
  local subnet=10.231.$(($$ % 250))  # on the host, where another suite may have its own
  "$CCOCKER" network create --subnet "$subnet.0/24" fixed >/dev/null
  "$CCOCKER" run -d --name web -v kept:/data builtin/busybox $MARK >/dev/null
  "$CCOCKER" run -d --name at --network fixed --ip "$subnet.7" builtin/busybox $MARK >/dev/null
  "$CCOCKER" run -d --name beside --network container:web builtin/busybox $MARK >/dev/null
  local leases=$(own_leases | wc -l) since=$(date +%s.%N) name
  for name in at beside web; do
    kill -KILL "$(supervisor_of "$name")"
    eventually is_down "$name"
  done
  for name in web at beside; do
    try restart "$name"
    exits 0
    same "$("$CCOCKER" inspect -f '{{.State.Status}}' "$name")" running
  done
  same "$(own_leases | wc -l)" "$leases"
  same "$("$CCOCKER" inspect -f '{{.NetworkSettings.Networks.fixed.IPAddress}}' at)" "$subnet.7"
  local events=$("$CCOCKER" events --since "$since" --until 0s --format '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.container}}')
  output=$(grep "$("$CCOCKER" inspect -f '{{.Id}}' web)" <<<"$events" | cut -d' ' -f1-2)
  prints "$(printf '%s\n' 'container die' 'network disconnect' 'volume unmount' 'volume mount' 'network connect' 'container start' 'container restart')"
  "$CCOCKER" rm -f web at beside >/dev/null
  "$CCOCKER" network rm fixed >/dev/null
  nothing_left
}
supervisor_of() { local pid; pid=$("$CCOCKER" inspect -f '{{.State.Pid}}' "$1"); ps -o ppid= -p "$pid" | tr -d ' '; }
is_down() { [ "$("$CCOCKER" inspect -f '{{.State.Status}}' "$1")" = exited ]; }

@test "a look at a container whose supervisor was killed does not forget why it ended" {
  "$CCOCKER" run -d --network none --name orphan builtin/busybox $MARK >/dev/null
  kill -KILL "$(supervisor_of orphan)"
  eventually is_down orphan
  same "$("$CCOCKER" inspect -f '{{.State.ExitCode}} {{.State.Error}}' orphan)" "137 its supervisor was killed"
  "$CCOCKER" ps -a >/dev/null
  same "$("$CCOCKER" inspect -f '{{.State.ExitCode}} {{.State.Error}}' orphan)" "137 its supervisor was killed"
  nothing_left
}

@test "200 commands killed half-way, seeded: the next ones work and see everything" {
  RANDOM=4711
  local round words pid names=(a b c d)
  for round in $(seq 200); do
    local name=${names[$((RANDOM % 4))]}
    case $((RANDOM % 18)) in
      0 | 1 | 2) words="run -d --name $name builtin/busybox $MARK" ;;
      3) words="run -d --restart always --name $name builtin/busybox $MARK" ;;
      4) words="stop -t 0 $name" ;;
      5) words="restart -t 0 $name" ;;
      6) words="rm -f $name" ;;
      7) words="rename $name ${names[$((RANDOM % 4))]}" ;;
      8) words="exec $name $MARK" ;;
      9) words="update --pids-limit $((20 + RANDOM % 50)) $name" ;;
      10) words="pause $name" ;;
      11) words="unpause $name" ;;
      12) words="cp $name:/bin -" ;;
      13) words="cp $BATS_TEST_FILENAME $name:/tmp/" ;;
      14) words="commit $name committed" ;;
      15) words="run -d -v kept:/data -v /anonymous --name $name builtin/busybox $MARK" ;;
      16) words="rm -f -v $name" ;;
      17) words="system prune -f --volumes" ;;
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
