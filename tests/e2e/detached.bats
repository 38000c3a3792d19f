# Containers in the background: run -d, create, start, stop, restart, kill, wait, attach, pause, rename, update.
load lib

teardown() { "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true; }

state_of() { "$CCOCKER" ps -a --filter "name=$1" --format '{{.State}}'; }
is() { [ "$(state_of "$1")" = "$2" ]; }
exit_code_of() { "$CCOCKER" ps -a --filter "name=$1" --format '{{.ExitCode}}'; }
log_of() { "$CCOCKER" logs "$1" 2>&1; }
# The nanoseconds between two signals to a container, by the event log: the first SIGNAL and the first OTHER after.
signals_of() { "$CCOCKER" events --since 0 --until 0s --filter "container=$1" --filter event=kill --format '{{.TimeNano}} {{.Actor.Attributes.signal}}'; }
between() { signals_of "$1" | awk -v one="$2" -v other="$3" '$2 == one && !a { a = $1 } $2 == other && a && !b { b = $1 } END { if (!b) exit 1; printf "%d\n", b - a }'; }
logs_hold() { log_of "$1" | grep -q -- "$2"; }

@test "run -d prints the ID and leaves a container that outlives its caller" {
  try run -d --name web builtin/busybox sleep 1000
  exits 0
  quiet
  same "$(grep -cxE '[0-9a-f]{64}' <<<"$output")" 1
  is web running
  try ps --no-trunc -q
  [ "${#output}" = 64 ] || fail "ps does not list it"
  # Nobody waits for the pipe that the caller had: command substitution came back although it runs.
  is web running
}

@test "a start that fails is told with its exit code, and --rm leaves nothing" {
  try run -d --name nocmd builtin/busybox /no/such
  exits 127
  explains "/no/such"
  prints "$("$CCOCKER" ps -aq --no-trunc --filter name=nocmd)"
  try run -d --rm --name gone builtin/busybox /etc
  exits 126
  same "$(grep -cxE '[0-9a-f]{64}' <<<"$output")" 1
  try ps -a --filter name=gone -q
  prints ""
  try ps -a --filter name=nocmd --format '{{.State}} {{.ExitCode}} {{.Status}}'
  prints "created 127 Created"
  try inspect -f '{{.State.StartedAt}} {{.State.FinishedAt}}' nocmd
  prints "0001-01-01T00:00:00Z 0001-01-01T00:00:00Z"
  try wait nocmd
  prints 127
}

@test "create makes, start starts, wait waits, the exit code stays" {
  try create --name later builtin/busybox sh -c 'echo once; exit 3'
  exits 0
  is later created
  try start later
  exits 0
  prints later
  try wait later
  exits 0
  prints 3
  is later exited
  try start -a later
  exits 3
  prints once
  try logs later
  prints $'once\nonce'
}

@test "start -a joins before the first byte; -i sends input" {
  "$CCOCKER" create -i --name echoing builtin/busybox sh -c 'echo ready; cat; exit 4' >/dev/null
  try_with_input $'one\ntwo\n' start -a -i echoing
  exits 4
  prints $'ready\none\ntwo'
}

@test "stop: the stop signal, then SIGKILL after -t exactly; a trapped one ends at once" {
  # It says itself when it was asked, and until when it lived.
  mkdir "$BATS_TEST_TMPDIR/told"
  "$CCOCKER" run -d --name deaf -v "$BATS_TEST_TMPDIR/told:/told" builtin/busybox sh -c '
    now() { read seconds rest </proc/uptime; echo "$seconds"; }
    trap "now >/told/asked" TERM; while :; do now >/told/next; mv /told/next /told/lived; done' >/dev/null
  lives() { [ -s "$BATS_TEST_TMPDIR/told/lived" ]; }
  eventually lives
  try stop -t 2 deaf
  exits 0
  prints deaf
  local ns=$(between deaf 15 9)
  [ "$ns" -ge 1990000000 ] && [ "$ns" -lt 8000000000 ] || fail "SIGKILL came after $ns ns"  # without -t after ten seconds
  awk '{ t = $1 - t } END { exit t <= 0 }' "$BATS_TEST_TMPDIR/told/asked" "$BATS_TEST_TMPDIR/told/lived" || fail "it did not live on"
  same "$(exit_code_of deaf)" 137
  "$CCOCKER" run -d --name heeding builtin/busybox sh -c 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done' >/dev/null
  eventually logs_hold heeding up
  try stop heeding
  exits 0
  same "$(exit_code_of heeding)" 7
  try stop heeding
  exits 0
}

@test "several are stopped side by side, and told in the order typed" {
  local name deaf='trap "" TERM; echo ready; while :; do sleep 1; done'
  for name in deaf0 deaf1 deaf2 deaf3 deaf4 deaf5; do
    "$CCOCKER" run -d --name $name builtin/busybox sh -c "$deaf" >/dev/null
  done
  hears_nothing() { "$CCOCKER" logs "$1" | grep -q ready; }
  for name in deaf0 deaf1 deaf2 deaf3 deaf4 deaf5; do eventually hears_nothing $name; done
  try stop -t 5 deaf5 deaf4 nosuch deaf3 deaf2 deaf1
  exits 1
  prints "$(printf 'deaf5\ndeaf4\ndeaf3\ndeaf2\ndeaf1')"
  explains "no such container: nosuch"
  # All were asked before the first was killed.
  local signals=$(for name in deaf5 deaf4 deaf3 deaf2 deaf1; do signals_of $name; done | sort -n | cut -d' ' -f2 | uniq -c | xargs)
  same "$signals" "5 15 5 9"
  try restart -t 0 deaf2 nosuch deaf1
  exits 1
  prints "$(printf 'deaf2\ndeaf1')"
  try kill deaf1 deaf3 deaf2
  exits 1
  prints "$(printf 'deaf1\ndeaf2')"
  explains "deaf3 is not running"
  try rm -f deaf5 deaf4 deaf3 nosuch deaf2 deaf1 deaf0
  exits 0
  prints "$(printf 'deaf5\ndeaf4\ndeaf3\ndeaf2\ndeaf1\ndeaf0')"
}

@test "stop of a shell as PID 1 with --init does not take the ten seconds until SIGKILL" {
  "$CCOCKER" run -d --init --name quick builtin/busybox sh -c 'sleep 1000; true' >/dev/null
  local begin=$(date +%s%N)
  "$CCOCKER" stop quick
  local ms=$((($(date +%s%N) - begin) / 1000000))
  [ $ms -lt 5000 ] || fail "it took $ms ms"
  same "$(exit_code_of quick)" 143
}

@test "--stop-signal and --stop-timeout are used" {
  "$CCOCKER" run -d --name quitting --stop-signal QUIT builtin/busybox sh -c 'trap "exit 9" QUIT; echo up; while :; do sleep 0.05; done' >/dev/null
  eventually logs_hold quitting up
  "$CCOCKER" stop quitting
  same "$(exit_code_of quitting)" 9
  "$CCOCKER" run -d --name short --stop-timeout 1 builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" stop short
  local ns=$(between short 15 9)
  [ "$ns" -ge 990000000 ] && [ "$ns" -lt 8000000000 ] || fail "--stop-timeout was not heeded: $ns ns"
}

@test "kill sends signals; kill and exec of what does not run are refused" {
  "$CCOCKER" run -d --name target builtin/busybox sh -c 'trap "echo got usr1" USR1; echo up; while :; do sleep 0.05; done' >/dev/null
  eventually logs_hold target up
  try kill -s USR1 target
  exits 0
  eventually logs_hold target "got usr1"
  is target running
  try kill target
  exits 0
  same "$(exit_code_of target)" 137
  try kill target
  exits 1
  explains target "not running"
  try exec target true
  exits 1
  explains "not running"
  try kill -s NOSUCH target
  explains NOSUCH
}

@test "restart starts it again, --rm or not, with the files it has written" {
  "$CCOCKER" run -d --rm --name again builtin/busybox sh -c 'echo x >>/count; wc -l </count; sleep 1000' >/dev/null
  eventually logs_hold again '^1$'
  try restart -t 0 again
  exits 0
  prints again
  is again running
  eventually logs_hold again '^2$'
  "$CCOCKER" stop -t 0 again
  eventually is again ""
}

@test "pause freezes, unpause thaws; paused ones are listed, not entered, and stop" {
  "$CCOCKER" run -d --name ticking builtin/busybox sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done' >/dev/null
  eventually logs_hold ticking '^3$'
  try pause ticking
  exits 0
  is ticking paused
  try ps --filter status=paused --format '{{.Status}}'
  shows 'Up .*\(Paused\)'
  # What it had written when it was frozen may still be on its way.
  local before
  at_rest() { before=$(log_of ticking | wc -l); sleep 0.3; [ "$(log_of ticking | wc -l)" = "$before" ]; }
  eventually at_rest
  sleep 0.5
  same "$(log_of ticking | wc -l)" "$before"
  try pause ticking
  exits 1
  explains "already paused"
  try exec ticking true
  exits 1
  explains "paused"
  try rm ticking
  exits 1
  explains "paused"
  try unpause ticking
  exits 0
  more() { [ "$(log_of ticking | wc -l)" -gt "$before" ]; }
  eventually more
  try unpause ticking
  exits 1
  explains "not paused"
  "$CCOCKER" pause ticking
  try stop -t 0 ticking
  exits 0
  is ticking exited
}

@test "rename: the old name is free, the new one taken; a running one keeps running" {
  "$CCOCKER" run -d --rm --name first builtin/busybox sleep 1000 >/dev/null
  try rename first second
  exits 0
  is second running
  try ps -a --filter name=first -q
  prints ""
  "$CCOCKER" create --name first builtin/busybox true >/dev/null
  try rename second first
  exits 1
  explains "in use"
  try rename second 'bad name'
  [ "$status" != 0 ] || fail "a bad name was accepted"
  "$CCOCKER" stop -t 0 second
  eventually is second ""
  try create --name second builtin/busybox true
  exits 0
}

@test "update changes the limits of a running container, and those of the next start" {
  "$CCOCKER" run -d --name fed -m 64m --pids-limit 50 builtin/busybox sleep 1000 >/dev/null
  limit() { "$CCOCKER" exec fed sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null'; }
  same "$(limit)" $((64 << 20))
  try update -m 96m fed
  exits 0
  prints fed
  same "$(limit)" $((96 << 20))
  try update -m 32m fed
  same "$(limit)" $((32 << 20))
  "$CCOCKER" restart -t 0 fed
  same "$(limit)" $((32 << 20))
  try update -m 1k fed
  [ "$status" != 0 ] || fail "1k was accepted"
  explains 512k
  try update fed
  explains "flags"
}

@test "update limits a container that was made without limits, whatever it forks meanwhile" {
  "$CCOCKER" run -d --name free builtin/busybox sh -c 'while [ ! -e /go ]; do (true); done; head -c 300m /dev/zero | tail >/dev/null' >/dev/null
  local id path
  id=$("$CCOCKER" inspect -f '{{.Id}}' free)
  try update -m 64m --memory-swap 64m --cpus 1.5 --cpuset-cpus 0 --pids-limit 40 free
  exits 0
  # What each kernel calls them: v1's name, v2's.
  set_to() { find /sys/fs/cgroup -path "*$id/$1" -exec cat {} + -o -path "*$id/$2" -exec cat {} +; }
  same "$(set_to memory.limit_in_bytes memory.max)" $((64 << 20))
  same "$(set_to pids.max pids.max)" 40
  same "$(set_to cpuset.cpus cpuset.cpus)" 0
  for path in $(find /sys/fs/cgroup -type d -name "$id"); do
    grep -qx "$("$CCOCKER" inspect -f '{{.State.Pid}}' free)" "$path/cgroup.procs" || fail "its shell is not in $path"
  done
  "$CCOCKER" exec free touch /go
  is_oom() { [ "$("$CCOCKER" inspect -f '{{.State.OOMKilled}}' free)" = true ]; }
  eventually is_oom
  "$CCOCKER" rm -f free >/dev/null
  [ -z "$(find /sys/fs/cgroup -name "$id")" ] || fail "left: $(find /sys/fs/cgroup -name "$id")"
}

@test "update gives a container its first limit of memory while its processes come and go" {
  local round
  for round in $(seq 12); do
    "$CCOCKER" run -d --name busy builtin/busybox sh -c 'while :; do for i in 1 2 3 4 5 6 7 8; do true & done; wait; done' >/dev/null
    try update --memory 64m --memory-swap 64m busy
    exits 0
    "$CCOCKER" rm -f busy >/dev/null
  done
}

@test "update: --memory-swap alone counts against the limit there is, -m alone leaves the sum" {
  limits() { "$CCOCKER" inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' "$1"; }
  "$CCOCKER" create --name swapping -m 64m builtin/busybox true >/dev/null
  same "$(limits swapping)" "$((64 << 20)) $((128 << 20))"
  try update --memory-swap 96m swapping
  exits 0
  same "$(limits swapping)" "$((64 << 20)) $((96 << 20))"
  try update -m 32m swapping
  exits 0
  same "$(limits swapping)" "$((32 << 20)) $((96 << 20))"
  try update -m 128m swapping
  exits 1
  explains "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
  try update --memory-swap 16m swapping
  explains "at least the $((32 << 20)) bytes"
  "$CCOCKER" create --name boundless builtin/busybox true >/dev/null
  try update --memory-swap 96m boundless
  exits 1
  explains "give --memory too"
}

@test "attach: several clients see the output; the exit code comes through; --no-stdin sends nothing" {
  "$CCOCKER" run -di --name shared builtin/busybox \
    sh -c 'while :; do echo tick; sleep 0.05; done & read line; echo "got $line"; exit 6' >/dev/null
  "$CCOCKER" attach --no-stdin shared >"$BATS_TEST_TMPDIR/watcher" 3>&- &
  local watcher=$!
  eventually grep -q tick "$BATS_TEST_TMPDIR/watcher"
  try_with_input $'hello\n' attach shared
  exits 6
  same "$(grep -v tick <<<"$output")" "got hello"
  local code=0
  wait $watcher || code=$?
  same "$code" 6
  same "$(grep -v tick "$BATS_TEST_TMPDIR/watcher")" "got hello"
  try attach shared
  exits 1
  explains "not running"
}

supervisor_of() { own_processes "$1"; }
descriptors_of() { ls "/proc/$1/fd" | wc -l; }
own_kib() { awk '/^Anonymous:/ { print $2 }' "/proc/$1/smaps_rollup"; }  # whoever else runs ccocker

@test "input that the program does not read holds up neither a signal nor a farewell, and is kept nowhere" {
  "$CCOCKER" run -di --restart always --name sated builtin/busybox sh -c 'trap "exit 9" INT; echo up; while :; do sleep 0.05; done' >/dev/null
  local supervisor=$(supervisor_of sated)
  eventually logs_hold sated up
  local before=$(descriptors_of "$supervisor") kib=$(own_kib "$supervisor") client round
  for round in 1 2 3 4; do
    yes "something to read" | head -c 30m | "$CCOCKER" attach sated >/dev/null 2>&1 3>&- &
    client=$!
    # Joined, and a piece is being written that stays: what is to be filled is full.
    is_joined() { [ "$(descriptors_of "$supervisor")" -gt $((round == 1 ? before + 1 : before + 2)) ]; }
    is_stuck() { is_joined && sleep 0.3 && is_joined; }
    eventually is_stuck
    if [ $round != 4 ]; then
      kill -KILL $client
      wait $client || true
      is_left() { [ "$(descriptors_of "$supervisor")" -le $((before + 2)) ]; }  # one piece is being written yet
      eventually is_left
    fi
  done
  [ "$(own_kib "$supervisor")" -lt $((kib + 1024)) ] || fail "the supervisor grew from $kib to $(own_kib "$supervisor") KiB"
  kill -INT $client
  ended() { ! kill -0 $client 2>/dev/null; }
  eventually ended
  local code=0
  wait $client || code=$?
  same "$code" 9
  is sated exited
}

@test "input waits for a program that reads late, and all of it comes, its end last" {
  "$CCOCKER" create -i --name late builtin/busybox sh -c 'while [ ! -e /go ]; do sleep 0.05; done; sha256sum' >/dev/null
  "$CCOCKER" start late
  seq 2000000 >"$BATS_TEST_TMPDIR/numbers"
  "$CCOCKER" attach late <"$BATS_TEST_TMPDIR/numbers" >"$BATS_TEST_TMPDIR/sum" 3>&- &
  local client=$!
  sleep 1
  "$CCOCKER" exec late touch /go
  ended() { ! kill -0 $client 2>/dev/null; }
  eventually ended
  wait $client
  same "$(cut -d ' ' -f 1 "$BATS_TEST_TMPDIR/sum")" "$(sha256sum "$BATS_TEST_TMPDIR/numbers" | cut -d ' ' -f 1)"
}

@test "the input of run -d -i stays open when a client's ends, of create -i it ends with it" {
  "$CCOCKER" run -di --name open builtin/busybox sh -c 'while read line; do echo "got $line"; done; echo ended' >/dev/null
  "$CCOCKER" create -i --name once builtin/busybox sh -c 'while read line; do echo "got $line"; done; echo ended' >/dev/null
  "$CCOCKER" start once
  type_into() {  # CONTAINER WORD: from a client that stays until the word has come
    echo "$2" | "$CCOCKER" attach "$1" >/dev/null 3>&- &
    eventually logs_hold "$1" "^got $2\$"
  }
  type_into once one
  wait $!  # the end of its input, too, has to get there
  eventually is once exited
  logs_hold once '^ended$'
  type_into open one
  kill -KILL $!
  type_into open two
  kill -KILL $!
  is open running
  same "$("$CCOCKER" inspect -f '{{.Config.OpenStdin}} {{.Config.StdinOnce}}' open once)" $'true false\ntrue true'
}

@test "a reader that takes no output holds up its own ccocker only: the container ends, and signals end the wait" {
  mkfifo "$BATS_TEST_TMPDIR/stuck"
  exec 4<>"$BATS_TEST_TMPDIR/stuck"
  # More than the reader's pipe holds, and no more than that and the container's do.
  "$CCOCKER" run --name stuck builtin/busybox sh -c 'head -c 100000 /dev/zero; sleep 0.5; head -c 20000 /dev/zero; exit 6' >&4 3>&- 4>&- &
  local client=$!
  eventually is stuck exited
  kill -0 $client || fail "it did not wait for its reader"
  same "$(exit_code_of stuck)" 6
  "$CCOCKER" rm stuck
  same "$("$CCOCKER" ps -aq)" ""
  kill -TERM $client
  ended() { ! kill -0 $client 2>/dev/null; }
  eventually ended
  local code=0
  wait $client || code=$?
  same "$code" 6
  exec 4>&-
  # All of it is there for one that reads late.
  same "$("$CCOCKER" run --rm builtin/busybox sh -c 'head -c 100000 /dev/zero; sleep 0.2; head -c 60000 /dev/zero' | (sleep 1; wc -c))" 160000
}

@test "what goes on to write does not hold up exec, nor a full disk the container" {
  "$CCOCKER" run -d --name host builtin/busybox sleep 1000 >/dev/null
  local code=0
  timeout 60 "$CCOCKER" exec host sh -c 'yes & exit 5' >/dev/null || code=$?
  same "$code" 5
  "$CCOCKER" run --name full builtin/busybox sh -c 'trap "" PIPE; echo one; sleep 0.2; echo two; exit 7' >/dev/full 2>"$BATS_TEST_TMPDIR/err" && fail "it succeeded"
  same "$(exit_code_of full)" 7
  grep -q 'standard output takes nothing more.*No space left' "$BATS_TEST_TMPDIR/err" || fail "$(cat "$BATS_TEST_TMPDIR/err")"
}

@test "with as many clients as may be, another is refused in words, and stop is heard all the same" {
  "$CCOCKER" run -di --restart always --name crowded builtin/busybox sleep 1000 >/dev/null
  local id=$("$CCOCKER" ps -q --no-trunc --filter name=crowded)
  "$PYTHON" - "$CCOCKER_STATE/containers/$id" >"$BATS_TEST_TMPDIR/clients" 3>&- <<'END' &
import os, socket, sys, time
directory, clients = os.open(sys.argv[1], os.O_RDONLY), []
for _ in range(64):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect("/proc/self/fd/%d/control" % directory)
    client.send(b"A\x01\x01\0\0\0\0")
    while client.recv(100) != b"K":
        pass
    clients.append(client)
print("joined", flush=True)
for client in clients:
    while client.recv(100)[:1] not in (b"Q", b""):
        pass
END
  local crowd=$!
  joined() { grep -q joined "$BATS_TEST_TMPDIR/clients"; }
  eventually joined
  try attach --no-stdin crowded
  exits 1
  explains "64 clients"
  try stop -t 0 crowded
  exits 0
  is crowded exited
  wait $crowd
}

@test "attach in a terminal: detach keys leave it running" {
  need tmux
  "$CCOCKER" run -dit --name shell builtin/busybox sh >/dev/null
  local session=ccocker-life-$$
  tmux -L $session new-session -d -x 90 -y 20 "CCOCKER_ROOT=$CCOCKER_ROOT CCOCKER_STATE=$CCOCKER_STATE $CCOCKER attach shell; echo left with \$?; sleep 1000"
  tmux -L $session send-keys 'echo a$((1+1))b; stty size' Enter
  shows_on_screen() { tmux -L $session capture-pane -p | grep -q -- "$1"; }
  eventually shows_on_screen a2b
  eventually shows_on_screen '^20 90'
  tmux -L $session send-keys C-p C-q
  eventually shows_on_screen 'left with 0'
  tmux -L $session kill-server
  is shell running
}

@test "--rm=on-success keeps the one that failed" {
  "$CCOCKER" run -d --rm=on-success --name good builtin/busybox true >/dev/null
  eventually is good ""
  "$CCOCKER" run --rm=on-success --name bad builtin/busybox false || true
  is bad exited
  try run --rm=sometimes builtin/busybox true
  exits 125
  explains "on-success"
}

@test "--bind-pid: the container ends with that process" {
  sleep 1000 3>&- &
  local bound=$!
  "$CCOCKER" run -d --name bound --bind-pid $bound --stop-timeout 0 builtin/busybox sleep 1000 >/dev/null
  is bound running
  kill $bound
  eventually is bound exited
  try run --rm --bind-pid $bound builtin/busybox true
  exits 125
  explains "$bound"
}

@test "exec -d gives back at once; its command ends with the container" {
  "$CCOCKER" run -d --name host builtin/busybox sleep 1000 >/dev/null
  try exec -d host sh -c 'echo from exec >/proc/1/root/made; exec '"$(marked_sleep)"
  exits 0
  prints ""
  made() { "$CCOCKER" exec host cat /made 2>/dev/null | grep -q 'from exec'; }
  eventually made
  try exec -d host /no/such
  exits 127
  "$CCOCKER" kill host
  no_sleep() { [ -z "$(running "$(marked_sleep)")" ]; }
  eventually no_sleep
}

@test "an exec whose client is killed with SIGKILL does not live on" {
  "$CCOCKER" run -d --name host builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" exec host $(marked_sleep) 3>&- &
  local client=$!
  runs() { [ -n "$(running "$(marked_sleep)")" ]; }
  eventually runs
  kill -KILL $client
  wait $client 2>/dev/null || true
  ended() { [ -z "$(running "$(marked_sleep)")" ]; }
  eventually ended
}

# In a terminal of its own: leave_by KEYS... -- RUN-OPTIONS...: starts `run -it --name left`, types the keys, waits for the
# end of the client.
leave_by() {
  local session=ccocker-keys-$$ keys=()
  while [ "$1" != -- ]; do keys+=("$1"); shift; done
  shift
  tmux -L $session new-session -d -x 80 -y 20 "CCOCKER_ROOT=$CCOCKER_ROOT CCOCKER_STATE=$CCOCKER_STATE $CCOCKER run -it --name left $* builtin/busybox sh; echo left with \$?; sleep 1000"
  shows_on_screen() { tmux -L $session capture-pane -p | grep -q -- "$1"; }
  tmux -L $session send-keys 'echo a$((1+1))b' Enter
  eventually shows_on_screen a2b
  tmux -L $session send-keys "${keys[@]}"
  eventually shows_on_screen 'left with 0'
  tmux -L $session kill-server
}

@test "run -it is left by ctrl-p ctrl-q, or by --detach-keys" {
  need tmux
  leave_by C-p C-q --
  is left running
  try events --since 0 --until 0s --filter container=left --filter event=detach --format '{{.Action}}'
  prints detach
  "$CCOCKER" rm -f left
  leave_by C-x -- --detach-keys ctrl-x
  is left running
}

@test "run -it ends with its client when that is killed" {
  need tmux
  local session=ccocker-keys-$$
  tmux -L $session new-session -d "CCOCKER_ROOT=$CCOCKER_ROOT CCOCKER_STATE=$CCOCKER_STATE $CCOCKER run -it --name bound builtin/busybox sh"
  up() { is bound running; }
  eventually up
  local client
  for client in $(own_processes 'run -it --name bound'); do
    [ "$(ps -o tty= -p "$client")" = '?' ] || kill -KILL "$client"
  done
  ended() { is bound exited; }
  eventually ended
  tmux -L $session kill-server 2>/dev/null || true
}

@test "the event log tells the life" {
  "$CCOCKER" run -d --name told builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" pause told
  "$CCOCKER" unpause told
  "$CCOCKER" rename told retold
  "$CCOCKER" update --pids-limit 40 retold
  "$CCOCKER" stop -t 0 retold
  "$CCOCKER" rm retold
  local actions=$(sed -E 's/.*"action":"([^"]*)".*/\1/' "$CCOCKER_STATE/events/log" | tr '\n' ' ')
  local action
  for action in create start pause unpause rename update kill die stop destroy; do
    grep -qw "$action" <<<"$actions" || fail "no $action in: $actions"
  done
}

@test "start --all-restartable after a reboot: always and unless-stopped come back, stopped ones stay down" {
  "$CCOCKER" run -d --restart always --name one builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --restart unless-stopped --name two builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --restart unless-stopped --name three builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name four builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" stop -t 0 three
  # What a reboot does: every process is gone, and so is the state directory.
  local pid
  for pid in $(own_processes 'run -d'); do kill -KILL "$pid"; done
  gone() { ! "$CCOCKER" ps -q | grep -q .; }
  eventually gone
  rm -rf "$CCOCKER_STATE"
  try ps -q
  prints ""
  is one exited
  try start --all-restartable
  exits 0
  same "$(sort <<<"$output")" $'one\ntwo'
  is one running
  is two running
  is three exited
  is four exited
}

@test "a supervisor that has nothing to do is not woken up" {
  "$CCOCKER" run -d --name idle -m 64m --restart always builtin/busybox sleep 1000 >/dev/null
  local supervisor=$(own_processes 'run -d')
  wake_ups() { grep ctxt_switches "/proc/$supervisor/status"; }
  settled() { local before=$(wake_ups); sleep 0.5; [ "$(wake_ups)" = "$before" ]; }
  eventually settled
  local before=$(wake_ups)
  sleep 4
  same "$(wake_ups)" "$before"
  "$CCOCKER" exec idle true
  same "$(wake_ups)" "$before"
}

@test "fifty in the background: list, log, exec, stop and rm each; a supervisor has at most 1 MiB and one thread" {
  local i
  for i in $(seq 50); do "$CCOCKER" run -d --name many$i builtin/busybox sh -c "echo line $i; exec sleep 1000" >/dev/null || fail "start $i"; done
  same "$("$CCOCKER" ps -q | wc -l)" 50
  local pid pss=0 count=0 most=0 one
  for pid in $(own_processes 'run -d'); do
    one=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
    same "$(ls "/proc/$pid/task" | wc -l)" 1
    count=$((count + 1)) pss=$((pss + one))
    [ "$one" -le "$most" ] || most=$one
  done
  same "$count" 50
  echo "supervisors: $((pss / count)) KiB of Pss each on average, $most KiB at most" >&3
  [ "$most" -le 1024 ] || fail "a supervisor has $most KiB of Pss"
  for i in $(seq 50); do
    same "$("$CCOCKER" logs many$i)" "line $i"
    same "$("$CCOCKER" exec many$i echo in $i)" "in $i"
  done
  same "$("$CCOCKER" stats --no-stream --format '{{.Name}} {{.PIDs}}' | sort)" "$(seq -f 'many%g 1' 50 | sort)"
  "$CCOCKER" stop -t 0 $(seq -f 'many%g' 50) >/dev/null
  same "$("$CCOCKER" rm $(seq -f 'many%g' 50) | wc -l)" 50
  try ps -aq
  prints ""
}
