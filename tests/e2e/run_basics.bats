# What the image says is obeyed, and what the user says goes first.
load lib

prepare_file() {
  need_image base && BASE=$IMAGE && need_image configured && CONFIGURED=$IMAGE
  export BASE CONFIGURED
  "$CCOCKER" pull -q "$BASE" "$CONFIGURED" >/dev/null
}

teardown() { [ -z "${made:-}" ] || "$CCOCKER" rm -f $made >/dev/null 2>&1 || true; }

in_base() { try run --rm "$BASE" "$@"; }

@test "the built-in image runs with no registry and no network" {
  # A machine without any link. Forwarding is on there already: switching it on would be said.
  run --separate-stderr unshare --net sh -c 'for family in ipv4/conf/all ipv6/conf/all; do echo 1 >/proc/sys/net/$family/forwarding; done; exec "$@"' \
    sh "$CCOCKER" run --rm builtin/busybox echo hello
  exits 0
  prints hello
  quiet
}

@test "a missing image is pulled on run, and --pull never does not" {
  need_image oci
  try run --rm --pull never "$IMAGE" true
  exits 125
  explains "$IMAGE"
  try run --rm "$IMAGE" echo pulled
  exits 0
  prints pulled
}

@test "Entrypoint and Cmd, and how arguments and --entrypoint replace them" {
  try run --rm "$CONFIGURED"
  prints "from-entrypoint from-cmd"
  try run --rm "$CONFIGURED" mine
  prints "from-entrypoint mine"
  try run --rm --entrypoint /bin/ls "$CONFIGURED" -d /bin
  prints /bin
}

@test "User, groups, WorkingDir and Env of the image" {
  try run --rm --entrypoint sh "$CONFIGURED" -c 'id -u; id -g; pwd; echo $GREETING $HOME $HOSTNAME; id -G'
  exits 0
  same "$(sed -n 1,3p <<<"$output")" $'1000\n1000\n/made/here'
  shows '^hi /home/app [0-9a-f]{12}$'
  shows '^1000 2000$'
}

@test "-u by name, by number, with a group; unknown users are named" {
  try run --rm -u app "$BASE" id -u
  prints 1000
  try run --rm -u 1234:50 "$BASE" sh -c 'id -u; id -g'
  prints $'1234\n50'
  try run --rm -u app:staff "$BASE" id -g
  prints 50
  try run --rm -u nosuchuser "$BASE" true
  exits 125
  explains "nosuchuser"
  try run --rm -u 0:nosuchgroup "$BASE" true
  exits 125
  explains "nosuchgroup"
}

@test "-e, -e NAME, --env-file and their order" {
  printf 'FROM_FILE=1\n# comment\n\nBOTH=file\nPASSED\n' >"$BATS_TEST_TMPDIR/env"
  PASSED=through OUTER=outer try run --rm -e A=1,2 -e BOTH=flag -e OUTER -e 'SPACE=a b' --env-file "$BATS_TEST_TMPDIR/env" "$BASE" env
  exits 0
  for line in A=1,2 BOTH=flag OUTER=outer 'SPACE=a b' FROM_FILE=1 PASSED=through; do shows "^$line$"; done
}

@test "-e NAME that the caller has not takes the variable away, in run and exec, and no image gets the name" {
  made="maker erased"
  "$CCOCKER" run --name maker -e FOO=img -e BAR=img builtin/busybox true
  "$CCOCKER" commit -c 'ENV FOO=img BAR=img' maker with/env >/dev/null
  env -u FOO -u HOSTNAME "$CCOCKER" run -d --name erased -e FOO -e HOSTNAME with/env sleep 1000 >/dev/null
  for command in "exec erased env" "exec -e BAR erased env"; do
    # shellcheck disable=SC2086
    run --separate-stderr env -u FOO -u BAR -u HOSTNAME "$CCOCKER" $command
    exits 0
    shows '^PATH='
    hides '^(FOO|HOSTNAME)'
    [ "$command" = "exec erased env" ] || hides '^BAR'
    [ "$command" != "exec erased env" ] || shows '^BAR=img$'
  done
  try exec erased sh -c 'tr "\0" "\n" </proc/1/environ'
  exits 0
  hides '^(FOO|HOSTNAME)'
  shows '^BAR=img$'
  FOO=mine try run --rm -e FOO with/env sh -c 'echo $FOO'
  prints mine
  "$CCOCKER" commit erased erased/env >/dev/null
  try image inspect -f '{{range .Config.Env}}[{{.}}]{{end}}' erased/env
  exits 0
  hides '\[(FOO|HOSTNAME)'
  shows '\[BAR=img\]'
}

@test "the environment of the caller stays outside" {
  SECRET=hunter2 in_base env
  hides hunter2
  same "$(grep -c '^PATH=/usr/bin:/bin$' <<<"$output")" 1
}

@test "-w makes the directory" { try run --rm -w /new/dir "$BASE" pwd; exits 0; prints /new/dir; }
@test "--hostname, --add-host and --dns" {
  try run --rm --network none --hostname box --add-host db:10.1.2.3 --dns 9.9.9.9 "$BASE" sh -c 'hostname; cat /etc/hostname /etc/hosts /etc/resolv.conf'
  exits 0
  same "$(grep -c '^box$' <<<"$output")" 2
  shows '^10\.1\.2\.3[[:space:]]+db$'
  shows '^nameserver 9\.9\.9\.9$'
  shows '^127\.0\.0\.1[[:space:]]+localhost'
}

@test "standard input reaches the container with -i only" {
  try_with_input 'some text' run --rm -i "$BASE" cat
  prints 'some text'
  try_with_input 'some text' run --rm "$BASE" cat
  prints ''
}

@test "megabytes go through stdin and stdout unchanged" {
  head -c 20000000 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
  "$CCOCKER" run --rm -i "$BASE" cat <"$BATS_TEST_TMPDIR/noise" >"$BATS_TEST_TMPDIR/copy"
  cmp "$BATS_TEST_TMPDIR/noise" "$BATS_TEST_TMPDIR/copy"
}

@test "stdout and stderr stay apart" {
  in_base sh -c 'echo out; echo err >&2'
  prints out
  same "$stderr" err
}

@test "output that nobody reads does not hang: SIGPIPE reaches the writer" {
  run timeout 20 bash -c '"$CCOCKER" run --rm "$BASE" yes 2>/dev/null | head -n 1'
  exits 0
  prints y
}

@test "flags after the image belong to the command" {
  try run --rm "$BASE" echo --rm -it -- --name x
  prints "--rm -it -- --name x"
}

@test "the container has its own pids, hostname, ipc and network" {
  in_base sh -c 'echo $$; echo $(ls /sys/class/net); ls -l /proc/self/ns | sed "s/.*-> //"'
  exits 0
  same "$(head -n 1 <<<"$output")" 1
  shows '^eth0 lo$'
  for namespace in mnt pid ipc uts net cgroup; do
    hides "^$(readlink "/proc/self/ns/$namespace" | sed 's/\[/\\[/; s/\]/\\]/')$"
  done
}

@test "--network host is the host's network, none has only lo" {
  try run --rm --network host "$BASE" sh -c 'ls /sys/class/net'
  same "$(sort <<<"$output")" "$(ls /sys/class/net | sort)"
  try run --rm --network none "$BASE" sh -c 'ls /sys/class/net'
  prints lo
}

@test "writes go to the container's own layer and leave with --rm" {
  in_base sh -c 'echo x >/written && cat /written'
  prints x
  in_base ls /written
  exits 1
}

@test "--read-only: the root cannot be written, /dev/shm and tmpfs can" {
  try run --rm --read-only --tmpfs /scratch "$BASE" sh -c 'touch /x 2>&1; touch /scratch/y /dev/shm/z && echo fine'
  shows 'Read-only file system'
  shows '^fine$'
}

@test "--init: PID 1 reaps and forwards" {
  try run --rm --init "$BASE" sh -c 'echo $$; (sleep 0.1 &) ; sleep 0.5; ps | grep -c "\[sleep\]"'
  hides '^1$'
  shows '^0$'
}

@test "--cidfile holds the ID and is refused when it exists" {
  try run --cidfile "$BATS_TEST_TMPDIR/cid" "$BASE" true
  exits 0
  grep -qxE '[0-9a-f]{64}' "$BATS_TEST_TMPDIR/cid"
  try run --rm --cidfile "$BATS_TEST_TMPDIR/cid" "$BASE" true
  exits 125
  explains "$BATS_TEST_TMPDIR/cid"
  try rm "$(cat "$BATS_TEST_TMPDIR/cid")"
  exits 0
}

@test "any user may listen on low ports and send pings in a network of the container's own; --sysctl has the last word" {
  try run --rm --network none -u 1000 builtin/busybox sh -c '(timeout 5 nc -l -p 80 >/tmp/heard & ) ; for i in $(seq 50); do echo hello | nc 127.0.0.1 80 2>/dev/null && break; sleep 0.1; done; for i in $(seq 50); do grep hello /tmp/heard && break; sleep 0.1; done; cat /proc/sys/net/ipv4/ping_group_range'
  exits 0
  shows '^hello$'
  shows '^0[[:space:]]+2147483647$'
  try run --rm --network none --sysctl net.ipv4.ip_unprivileged_port_start=1024 builtin/busybox cat /proc/sys/net/ipv4/ip_unprivileged_port_start
  prints 1024
  try run --rm --network host builtin/busybox cat /proc/sys/net/ipv4/ping_group_range
  same "$output" "$(cat /proc/sys/net/ipv4/ping_group_range)"
}

@test "--sysctl takes slashes, where dots belong to the names, and what the container has of its own beside a network" {
  try run --rm --network none --sysctl net/ipv4/conf/lo/forwarding=1 --sysctl kernel.domainname=e2e.test builtin/busybox \
    cat /proc/sys/net/ipv4/conf/lo/forwarding /proc/sys/kernel/domainname
  exits 0
  prints $'1\ne2e.test'
  try run --rm --network none --sysctl net/ipv4/conf/eth0.1/forwarding=1 builtin/busybox true
  exits 125
  explains "/proc/sys/net/ipv4/conf/eth0.1/forwarding"
  try run --rm --network none --sysctl vm.swappiness=1 builtin/busybox true
  exits 125
  explains "vm.swappiness" "would change the host"
}

@test "--sysctl, --ulimit, --shm-size" {
  try run --rm --sysctl net.ipv4.ip_forward=1 --ulimit nofile=100:200 --shm-size 8m "$BASE" \
    sh -c 'cat /proc/sys/net/ipv4/ip_forward; ulimit -n; df -k /dev/shm | tail -1'
  exits 0
  shows '^1$'
  shows '^100$'
  shows ' 8192 '
}

@test "--timing prints the steps of the start" {
  try run --rm --timing "$BASE" true
  exits 0
  says ' ms'
  says 'exec'
}

@test "a signal reaches the container, and its death by it is reported" {
  start_container --rm "$BASE" sh -c 'trap "echo got TERM; exit 7" TERM; echo ready; while :; do sleep 0.1; done'
  eventually grep -q ready "$BATS_TEST_TMPDIR/background.out"
  kill -TERM "$supervisor"
  code=0; wait "$supervisor" || code=$?
  same "$code" 7
  grep -q 'got TERM' "$BATS_TEST_TMPDIR/background.out"
}

@test "the image's StopSignal is kept and a label is shown" {
  try run --rm -l a=b --name labelled "$BASE" true
  exits 0
}

@test "-a shows only the streams it names; with none of them the ID is shown" {
  local both='echo out; echo err >&2'
  try run --rm -a stdout --network none builtin/busybox sh -c "$both"
  prints out
  same "$stderr" ""
  try run --rm -a STDERR --network none builtin/busybox sh -c "$both"
  prints ""
  says err
  try_with_input typed run -i -a stdin --name fed --network none builtin/busybox sh -c 'cat >/got; echo out'
  shows '^[0-9a-f]{64}$'
  hides out
  same "$("$CCOCKER" cp fed:/got - | tar -xO)" typed
  same "$("$CCOCKER" logs fed)" out
  try rm fed
  try run --rm -a sideways builtin/busybox true
  exits 125
  explains "STDIN, STDOUT or STDERR"
  try run -d -a stdout builtin/busybox true
  exits 125
  explains "Conflicting options: -a and -d"
}

@test "with --sig-proxy=false a signal ends the client alone" {
  "$CCOCKER" run --sig-proxy=false --name stays --network none builtin/busybox sh -c 'echo up; while :; do sleep 1; done' \
    >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&- &
  local client=$!
  eventually grep -q up "$BATS_TEST_TMPDIR/out"
  kill -TERM $client
  wait $client || true
  same "$("$CCOCKER" inspect -f '{{.State.Running}}' stays)" true
  try rm -f stays
}
