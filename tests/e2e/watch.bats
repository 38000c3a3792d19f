# inspect, top, stats, events, diff: looking at containers.
load lib

teardown() {
  [ -z "${container_pid:-}" ] || stop_container || true
  "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true
}

json() { "$PYTHON" -c "import json, sys; it = json.load(sys.stdin); print(($1))" <<<"$output"; }

@test "inspect of a running container: Docker's names, and what is really so" {
  start_container --name web -l app=shop -m 64m --cpus 0.5 -e MARK=1 -v /tmp:/data:ro -w /tmp builtin/busybox sleep 1000
  try inspect web
  exits 0
  same "$(json 'len(it), it[0]["State"]["Status"], it[0]["State"]["Pid"]')" "(1, 'running', $container_pid)"
  same "$(json 'it[0]["Name"], it[0]["Config"]["Labels"], it[0]["HostConfig"]["Memory"]')" "('/web', {'app': 'shop'}, 67108864)"
  same "$(json 'it[0]["Path"], it[0]["Args"], it[0]["Config"]["WorkingDir"]')" "('sleep', ['1000'], '/tmp')"
  same "$(json '[(m["Type"], m["Source"], m["Destination"], m["RW"]) for m in it[0]["Mounts"]]')" "[('bind', '/tmp', '/data', False)]"
  same "$(json '"MARK=1" in it[0]["Config"]["Env"]')" True
  try inspect -f '{{.State.Running}} {{.State.Pid}} {{index .Config.Labels "app"}} {{.HostConfig.NanoCpus}}' web
  prints "true $container_pid shop 500000000"
  try inspect -f '{{range .Mounts}}{{.Source}}:{{.Destination}} {{end}}{{if .State.Running}}up{{else}}down{{end}}' web
  prints '/tmp:/data up'
  try inspect --format json web
  same "$(json 'it["Id"] == it["Id"].lower() and len(it["Id"])')" 64
}

@test "inspect tells mounts by the flag they were written with, and all of them together" {
  mkdir "$BATS_TEST_TMPDIR/a"
  "$CCOCKER" create --name shows -v "$BATS_TEST_TMPDIR/a:/a:ro" -v named:/n -v /anonymous --tmpfs /t:size=1m --mount "type=bind,src=$BATS_TEST_TMPDIR/a,dst=/b,readonly,bind-propagation=rslave" \
    --mount type=volume,src=other,dst=/o,volume-nocopy --mount type=volume,dst=/nameless --mount type=tmpfs,dst=/u,tmpfs-size=64k,tmpfs-mode=1770 builtin/busybox true >/dev/null
  try inspect -f '{{json .HostConfig.Binds}} {{json .HostConfig.Tmpfs}}' shows
  prints "[\"$BATS_TEST_TMPDIR/a:/a:ro\",\"named:/n\"] {\"/t\":\"size=1m\"}"
  try inspect -f '{{range .HostConfig.Mounts}}{{json .}}{{"\n"}}{{end}}' shows
  prints "$(
    echo "{\"Type\":\"bind\",\"Source\":\"$BATS_TEST_TMPDIR/a\",\"Target\":\"/b\",\"ReadOnly\":true,\"BindOptions\":{\"Propagation\":\"rslave\"}}"
    echo '{"Type":"volume","Source":"other","Target":"/o","ReadOnly":false,"VolumeOptions":{"NoCopy":true}}'
    echo '{"Type":"volume","Source":"","Target":"/nameless","ReadOnly":false}'
    echo '{"Type":"tmpfs","Source":"","Target":"/u","ReadOnly":false,"TmpfsOptions":{"SizeBytes":65536,"Mode":1016}}'
  )"
  try inspect -f '{{len .Mounts}}' shows
  prints 8
  "$CCOCKER" create --name takes --volumes-from shows builtin/busybox true >/dev/null
  try inspect -f '{{json .HostConfig.Binds}} {{json .HostConfig.Mounts}} {{len .Mounts}}' takes
  prints 'null null 6'
}

@test "inspect of images, of both, of several, and by type" {
  "$CCOCKER" run --name one builtin/busybox true
  try inspect one builtin/busybox
  exits 0
  same "$(json '[it[0]["Name"], it[1]["RepoTags"][0], it[1]["Os"], it[0]["Image"] == it[1]["Id"]]')" "['/one', 'builtin/busybox:latest', 'linux', True]"
  try image inspect -f '{{.RootFS.Type}} {{len .RootFS.Layers}} {{.Config.Cmd}}' builtin/busybox
  exits 0
  shows '^layers 1 \['
  try inspect --type image one
  exits 1
  prints '[]'
  explains 'no such image: one'
  try container inspect builtin/busybox
  exits 1
  explains 'no such container: builtin/busybox'
  try inspect --type cat one
  exits 1
  explains cat
}

@test "inspect -s tells sizes" {
  "$CCOCKER" run --name big builtin/busybox sh -c 'head -c 100000 /dev/zero >/file'
  try inspect -s -f '{{ge .SizeRw 100000}} {{gt .SizeRootFs .SizeRw}}' big
  prints 'true true'
  try inspect -f '{{.SizeRw}}' big
  exits 0
  prints '<nil>'
}

@test "templates ask for optional fields and for keys that are not there, as with Docker" {
  start_container --name plain -v /tmp:/data builtin/busybox sleep 1000
  try inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{json .State.Health}}' plain
  exits 0
  prints 'none null'
  try inspect -f '{{.Config.Labels.nosuch}} {{.NetworkSettings.Networks.nosuch.IPAddress}} {{.Config.ExposedPorts}}' plain builtin/busybox
  exits 1 # an image has no .NetworkSettings
  shows '^<no value> <no value> map\[\]$'
  try inspect -f '{{range $p, $_ := .Config.ExposedPorts}}{{$p}}{{end}}{{.Config.Healthcheck}} {{.Config.StopSignal}}' plain builtin/busybox
  exits 0
  prints $'<nil> \n<nil> '
  try inspect -f '{{printf "%.12s" .Id}} {{range .Mounts}}{{.Type}}{{.Name}}{{end}}' plain
  exits 0
  shows '^[0-9a-f]{12} bind$'
  try inspect -f '{{.State.Health.Status}}' plain
  exits 1
  explains 'nil pointer evaluating'
  try inspect plain
  same "$(json '[key for key in ("Health", "ExposedPorts", "Healthcheck", "StopSignal") if key in {**it[0]["State"], **it[0]["Config"]}]')" '[]'
}

@test "inspect of what is not there, and templates that are wrong" {
  "$CCOCKER" run --name here builtin/busybox sh -c 'exit 4' || true
  try inspect here nosuch
  exits 1
  same "$(json 'it[0]["State"]["ExitCode"], len(it)')" "(4, 1)"
  explains 'no such object: nosuch'
  try inspect -f '{{.Foo}}' here
  exits 1
  explains 'template parsing error: template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo"'
  try inspect -f '{{if}' here
  exits 64
  explains 'template parsing error'
  try inspect -f '{{range .Mounts}}' here
  exits 64
}

@test "top shows the container's processes, as the host numbers them" {
  start_container --name web builtin/busybox sh -c 'sleep 1234 & wait'
  try top web
  exits 0
  shows '^UID +PID +PPID +C +STIME +TTY +TIME +CMD$'
  shows "^root +$container_pid +$supervisor +[0-9]+ .* 00:00:00 +sh -c sleep 1234 & wait$"
  eventually in_top 'sleep 1234'
  same "$("$CCOCKER" top web | wc -l)" 3
  need ps
  try top web -o pid,comm
  exits 0
  shows "^$container_pid +sh$"
  hides bats
  try top web -o comm
  exits 1
  explains 'PID'
  for options in '-o pid' --forest -L -fH '--sort=pid -o pid,cmd' aux -ef '-eo pid,cmd'; do
    # shellcheck disable=SC2086
    try top web $options
    exits 0
    same "$(grep -cE "(^|[a-z] +)$container_pid( |$)" <<<"$output")" 1
  done
  try top web --no-such-option
  exits 1
  explains '^ccocker: ps: '
}

@test "top with options shows a container that has a terminal, and one without" {
  need ps
  "$CCOCKER" run -dt --name tty --network none builtin/busybox sleep 1234 >/dev/null
  "$CCOCKER" run -d --name none --network none builtin/busybox sleep 1234 >/dev/null
  for name in tty none; do
    for options in '-o pid,cmd' --forest -fH '--sort=pid -o pid,cmd'; do
      # shellcheck disable=SC2086
      try top $name $options
      exits 0
      same "$(grep -c 'sleep' <<<"$output")" 1
    done
  done
  "$CCOCKER" rm -f tty none >/dev/null
}

in_top() { "$CCOCKER" top web | grep -q "$1"; }

@test "top of what does not run" {
  "$CCOCKER" run --name done builtin/busybox true
  try top done
  exits 1
  explains 'container done is not running'
  try top nosuch
  exits 1
  explains 'no such container: nosuch'
}

@test "stats: one table, JSON, a busy container is seen to be busy" {
  start_container --name busy -m 64m builtin/busybox sh -c 'while :; do :; done'
  try stats --no-stream
  exits 0
  shows '^CONTAINER ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET I/O +BLOCK I/O +PIDS'
  shows '^[0-9a-f]{12} +busy +[0-9]+\.[0-9]{2}% +[0-9.]+[KMG]?i?B / 64MiB +[0-9.]+% +[0-9.]+[kM]?B / [0-9.]+[kM]?B +'
  try stats --no-stream --format json busy
  same "$(json 'it["Name"], it["PIDs"], it["MemUsage"].endswith("/ 64MiB")')" "('busy', '1', True)"
  is_busy() { try stats --no-stream --format json busy && [ "$(json 'float(it["CPUPerc"][:-1]) > 5')" = True ]; }
  eventually is_busy  # others may have the CPU for the moment of a look
  try stats --no-stream --format '{{.Name}}={{.PIDs}}' busy
  prints 'busy=1'
  try stats --no-stream --format '{{.Container}}' busy "${container_pid:+$("$CCOCKER" ps -q)}"
  shows '^busy$'
  shows '^[0-9a-f]{12}$'
}

@test "stats: what does not run is shown with -a or by name; streams go on until they are ended" {
  "$CCOCKER" run --name done builtin/busybox true
  try stats --no-stream --format '{{.Name}}'
  prints ''
  try stats --no-stream -a --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}}'
  prints 'done -- -- / --'
  try stats --no-stream nosuch
  exits 1
  explains 'no such container: nosuch'
  start_container --name live builtin/busybox sleep 1000
  "$CCOCKER" stats --format '{{.Name}}' >"$BATS_TEST_TMPDIR/stream" 3>&- &
  local stream=$!
  eventually at_least_lines 2 "$BATS_TEST_TMPDIR/stream"
  kill -INT $stream
  local code=0
  wait $stream || code=$?
  same "$code" 130
}
at_least_lines() { [ "$(wc -l <"$2")" -ge "$1" ]; }

@test "stats redraws in place on a terminal" {
  start_container --name live builtin/busybox sleep 1000
  script -qfec "'$CCOCKER' stats" "$BATS_TEST_TMPDIR/seen" >/dev/null 2>&1 3>&- &
  drawn_twice() { [ "$(grep -c 'CONTAINER ID' "$BATS_TEST_TMPDIR/seen" 2>/dev/null)" -ge 2 ]; }
  eventually drawn_twice
  kill -INT $!
  wait $! || true
  output=$(cat "$BATS_TEST_TMPDIR/seen")
  shows $'\x1b\\[H'
  shows $'CONTAINER ID .*\x1b\\[K'
}

@test "events tell a container's story, and follow it" {
  local since
  since=$(date +%s.%N)
  "$CCOCKER" events --since "$since" --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}' >"$BATS_TEST_TMPDIR/live" 3>&- &
  local follower=$!
  "$CCOCKER" run --name told -l app=shop builtin/busybox sh -c 'exit 3' || true
  "$CCOCKER" rm told
  eventually grep -q 'container destroy told' "$BATS_TEST_TMPDIR/live"
  kill -INT $follower
  wait $follower || true
  same "$(grep told "$BATS_TEST_TMPDIR/live" | tr '\n' ,)" 'container create told,container attach told,container start told,container die told,container destroy told,'
  try events --since "$since" --until "$(date +%s.%N)"
  exits 0
  shows '^20[0-9-]+T[0-9:]+\.[0-9]{9}(Z|[+-][0-9:]{5}) container die [0-9a-f]{64} \(app=shop, exitCode=3, image=builtin/busybox, name=told\)$'
  try events --since "$since" --until 0s --filter event=die --filter container=told --format json
  same "$(json 'it["Action"], it["Actor"]["Attributes"]["exitCode"], it["from"], it["Type"]')" "('die', '3', 'builtin/busybox', 'container')"
  try events --since "$since" --until 0s --filter type=image
  hides container
  try events --since "$since" --until 0s --filter label=app=none
  prints ''
}

@test "events of kills, execs and running out of memory" {
  local since
  since=$(date +%s.%N)
  start_container --name busy builtin/busybox sleep 1000
  "$CCOCKER" exec busy true
  "$CCOCKER" rm -f busy >/dev/null
  wait "$supervisor" || true
  "$CCOCKER" run --name hog -m 8m builtin/busybox sh -c 'head -c 50m /dev/zero | tail' >/dev/null 2>&1 || true
  try events --since "$since" --until 0s --format '{{.Action}} {{.Actor.Attributes.name}}'
  for action in 'exec_create: true busy' 'exec_start: true busy' 'exec_die busy' 'kill busy' 'die busy' 'oom hog' 'die hog'; do
    shows "^$action\$"
  done
  try events --since "$since" --until 0s --filter event=kill --format '{{.Actor.Attributes.signal}}'
  prints 9
}

@test "events: bad times, filters and templates" {
  try events --since yesterday
  exits 1
  explains since yesterday
  try events --since 5m --until 10m
  exits 1
  explains 'later than --until'
  try events --filter colour=red
  exits 1
  explains colour
  try events --format '{{'
  exits 1
  explains 'format'
}

@test "diff: added, changed, deleted; nothing of ccocker's own" {
  "$CCOCKER" run --name dd builtin/busybox sh -c 'mkdir -p /new/sub; echo x >/new/sub/f; echo x >>/etc/passwd; rm /etc/group'
  try diff dd
  exits 0
  prints $'C /etc\nD /etc/group\nC /etc/passwd\nA /new\nA /new/sub\nA /new/sub/f'
  "$CCOCKER" run --name same builtin/busybox true
  try diff same
  prints ''
  start_container --name live builtin/busybox sh -c 'touch /now; sleep 1000'
  eventually changed live 'A /now'
  try diff nosuch
  exits 1
  explains 'no such container: nosuch'
}
changed() { "$CCOCKER" diff "$1" | grep -qx "$2"; }

@test "an exec that the memory limit kills is told to be that" {
  start_container --name small -m 8m builtin/busybox sleep 1000
  try exec small sh -c 'exec tail /dev/zero'
  exits 137
  explains 'out of memory: the kernel killed the command at its limit of 8 MiB'
  try exec small sh -c 'kill -TERM $$'
  exits 143
  explains 'SIGTERM'
}

@test "ps -s shows what a container has written, and that with its image" {
  "$CCOCKER" run --name wrote builtin/busybox sh -c 'head -c 100000 /dev/zero >/file'
  try ps -a -s
  shows '^CONTAINER ID .* NAMES +SIZE$'
  shows ' wrote +100kB \(virtual [0-9.]+[kM]B\)$'
  try ps -a -s --format '{{.Names}} {{.Size}}'
  shows '^wrote 100kB '
}
