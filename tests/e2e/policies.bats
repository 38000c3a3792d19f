# Restart policies, health checks, pressure.
load lib

teardown() {
  [ -z "${unmount:-}" ] || rm -f "$unmount/filler"
  "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true
  [ -z "${unmount:-}" ] || umount "$unmount"
}

field() { "$CCOCKER" ps -a --filter "name=$1" --format "{{.$2}}"; }
is() { [ "$(field "$1" State)" = "$2" ]; }
status_shows() { field "$1" Status | grep -q -- "$2"; }
starts_of() { grep -c "\"action\":\"start\".*\"name\":\"$1\"\|\"name\":\"$1\".*\"action\":\"start\"" "$CCOCKER_STATE/events/log"; }
log_lines() { "$CCOCKER" logs "$1" 2>/dev/null | wc -l; }
has_lines() { [ "$(log_lines "$1")" -ge "$2" ]; }

@test "on-failure:3 stops at three; success is not restarted" {
  "$CCOCKER" run -d --restart on-failure:3 --name failing builtin/busybox sh -c 'echo try; exit 5' >/dev/null
  done_with_it() { is failing exited; }
  eventually done_with_it
  same "$(log_lines failing)" 4
  same "$(field failing ExitCode)" 5
  "$CCOCKER" run -d --restart on-failure --name fine builtin/busybox sh -c 'echo once' >/dev/null
  eventually is fine exited
  same "$(log_lines fine)" 1
}

@test "always: it comes back after each death, with a backoff that doubles, and stop ends it" {
  "$CCOCKER" run -d --restart always --name dying builtin/busybox sh -c 'echo up; sleep 0.1; exit 1' >/dev/null
  eventually has_lines dying 4
  eventually is dying restarting
  eventually status_shows dying 'Restarting (1)'
  try stop -t 1 dying
  exits 0
  is dying exited
  local count=$(log_lines dying)
  sleep 1
  same "$(log_lines dying)" "$count"
}

# A web server whose Nth life, which its page tells, lasts the Nth of $LIVES (seconds:exit code) after it has answered: by
# $HEARD, a command.
MORTAL_SERVER='n=$(($(cat /n 2>/dev/null || echo 0) + 1)); echo $n >/n; mkdir -p /www; echo $n >/www/index.html
httpd -p 8080 -h /www; until eval "$HEARD"; do sleep 0.05; done
set -- $LIVES; shift $((n - 1)); sleep ${1%:*}; exit ${1#*:}'

life_of() { "$CCOCKER" events --since 0 --until 0s --filter "container=$1" --format json | "$TOOLS/backoffs.py" "$2"; }

@test "wait comes back at the next end, though the policy starts it again" {
  "$CCOCKER" run -d --restart always --name cycling builtin/busybox sh -c 'sleep 0.3; exit 7' >/dev/null
  try wait cycling
  exits 0
  prints 7
  eventually is cycling running
  try wait cycling  # the end of that run, or of a later one
  prints 7
  # Without a policy's help it is the last end, also when `stop` brings it.
  "$CCOCKER" wait cycling >"$BATS_TEST_TMPDIR/waited" 3>&- &
  "$CCOCKER" stop cycling
  wait $!
  same "$(cat "$BATS_TEST_TMPDIR/waited")" 7
}

# bats test_tags=long
@test "always, for a minute: a server that dies at random is back after each backoff, and answers" {
  RANDOM=2703
  local lives='' codes='' number port=$(free_port) code
  for number in $(seq 60); do  # three in four die young, the others reach the ten seconds after which all is forgiven
    [ $((RANDOM % 4)) = 0 ] && lives+="$((11 + RANDOM % 2))" || lives+=$((1 + RANDOM % 2))
    code=$((RANDOM % 4))
    lives+=.$((RANDOM % 10)):$code\  codes+="$code "
  done
  mkdir "$BATS_TEST_TMPDIR/heard"
  "$CCOCKER" run -d --restart always --name mortal -p "127.0.0.1:$port:8080" -e LIVES="$lives" -v "$BATS_TEST_TMPDIR/heard:/heard:ro" \
    -e HEARD='[ -e /heard/$n ]' builtin/busybox sh -c "$MORTAL_SERVER" >/dev/null
  local end=$((SECONDS + 60)) answer answered=0
  while [ $SECONDS -lt $end ] || [ $answered -lt 8 ] || ! is mortal running; do
    answer=$(curl -sf -m 5 "http://127.0.0.1:$port/" || true)
    if [ -n "$answer" ] && [ "$answer" != $answered ]; then
      same "$answer" $((answered + 1))  # no life is missed
      answered=$answer
      touch "$BATS_TEST_TMPDIR/heard/$answer"
    fi
    sleep 0.05
    [ $SECONDS -lt $((end + 120)) ] || fail "it does not come back: $(field mortal Status)"
  done
  "$CCOCKER" stop -t 0 mortal >/dev/null
  is mortal exited
  local starts=$(starts_of mortal)
  [ "$answered" -ge $((starts - 1)) ] || fail "$starts lives, and only $answered answered"
  run life_of mortal "$starts"
  exits 0
  echo "lives: ${lines[0]}; backoffs in ms: ${lines[1]}" >&3
  [ "${lines[0]}" -ge 7 ] || fail "too few lives"
  [[ " ${lines[1]} " == *" 400 "* && "${lines[1]}" == *" 100 "* ]] || fail "the backoff did not grow and begin anew"
  [[ "$codes " == "${lines[2]% *} "* ]] || fail "it did not end with the codes: $codes"
  same "$("$CCOCKER" inspect --format '{{.RestartCount}}' mortal)" $((starts - 1))
  sleep 1
  same "$(starts_of mortal)" "$starts"
}

@test "on-failure:3: four lives with their backoffs in the event log, and no fifth" {
  "$CCOCKER" run -d --restart on-failure:3 --name frail -e LIVES='0.1:4 0.2:5 0.1:6 0.2:7 9:0' \
    -e HEARD='wget -q -O /dev/null http://127.0.0.1:8080/' builtin/busybox sh -c "$MORTAL_SERVER" >/dev/null
  eventually is frail exited
  sleep 1.5  # a fifth would come after 0.8 seconds
  run life_of frail 4
  exits 0
  prints $'4\n100 200 400\n4 5 6 7'
  same "$("$CCOCKER" inspect --format '{{.RestartCount}}' frail)" 3
  is frail exited
}

@test "kill -9 from outside is a death, 'kill' is the user's wish" {
  "$CCOCKER" run -d --restart always --name phoenix builtin/busybox sh -c 'echo up; sleep 1000' >/dev/null
  eventually has_lines phoenix 1
  kill -KILL "$(field phoenix Pid)"
  eventually has_lines phoenix 2
  eventually is phoenix running
  "$CCOCKER" kill phoenix
  is phoenix exited
  try start phoenix
  exits 0
  eventually has_lines phoenix 3
  try rm -f phoenix
  exits 0
  is phoenix ""
}

@test "stop and kill while its policy starts it again, at 60 seeded moments: it ends, and stays so" {
  RANDOM=5021
  local round word
  # It dies at once and lives when it is started again, a backoff of 100 ms later.
  local once='[ -e /died ] || { touch /died; exit 1; }; trap "exit 0" TERM; while :; do sleep 0.02; done'
  for round in $(seq 60); do
    "$CCOCKER" run -d --restart always --name phoenix builtin/busybox sh -c "$once" >/dev/null
    sleep "0.$((RANDOM % 15 + 5))"
    word='stop -t 1'
    [ $((round % 3)) != 0 ] || word=kill
    try $word phoenix
    exits 0
    is phoenix exited
    local starts=$(starts_of phoenix)
    sleep 0.25
    is phoenix exited
    same "$(starts_of phoenix)" "$starts"
    "$CCOCKER" rm phoenix >/dev/null
  done
}

has_printed() { grep -q "$1" "$BATS_TEST_TMPDIR/background.out"; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }
ends_with() {  # PID CODE: a child of this shell ends in time, with this exit code
  local code
  eventually has_ended "$1"
  wait "$1" && code=0 || code=$?
  same "$code" "$2"
}

@test "run --restart in the foreground: what its terminal sends ends it, as kill does" {
  start_container --restart always --name heeding builtin/busybox sh -c 'trap "exit 3" INT; echo up; while :; do sleep 0.05; done'
  eventually has_printed up
  kill -INT "$supervisor"
  ends_with "$supervisor" 3
  is heeding exited
  start_container --restart always --name deaf builtin/busybox sh -c 'trap "" INT; echo up; while :; do sleep 0.05; done'
  eventually has_printed up
  # A signal that is sent again before it was read comes once, so three may take more.
  interrupted() { kill -INT "$supervisor" 2>/dev/null; sleep 0.2; has_ended "$supervisor"; }
  eventually interrupted
  ends_with "$supervisor" 137
  is deaf exited
  same "$(starts_of deaf)" 1
}

@test "a signal of the user is a death unless it means stop: the stop signal, SIGKILL, or any where none is set" {
  "$CCOCKER" run -d --restart always --stop-signal QUIT --name strict builtin/busybox \
    sh -c 'trap "exit 4" HUP QUIT; echo up; while :; do sleep 0.05; done' >/dev/null
  eventually has_lines strict 1
  "$CCOCKER" kill -s HUP strict
  eventually has_lines strict 2
  eventually is strict running
  "$CCOCKER" kill -s QUIT strict
  eventually is strict exited
  same "$(starts_of strict)" 2
  # Docker's rule for an image without a stop signal, but for signals that end no process.
  "$CCOCKER" run -d --restart always --name lax builtin/busybox \
    sh -c 'trap "exit 4" HUP WINCH; echo up; while :; do sleep 0.05; done' >/dev/null
  eventually has_lines lax 1
  "$CCOCKER" kill -s WINCH lax
  eventually has_lines lax 2
  eventually is lax running
  "$CCOCKER" kill -s HUP lax
  eventually is lax exited
  same "$(starts_of lax)" 2
}

@test "attach passes a signal on that means stop" {
  "$CCOCKER" run -d --restart always --name joined builtin/busybox \
    sh -c 'trap "exit 6" INT; echo up; while :; do sleep 0.05; echo more; done' >/dev/null
  "$CCOCKER" attach joined >"$BATS_TEST_TMPDIR/attached" 2>&1 </dev/null 3>&- &
  local client=$!
  attached() { grep -q more "$BATS_TEST_TMPDIR/attached"; }
  eventually attached
  kill -INT $client
  ends_with $client 6
  is joined exited
  same "$(starts_of joined)" 1
}

@test "update --restart takes effect on one that runs" {
  "$CCOCKER" run -d --name later builtin/busybox sh -c 'echo up; sleep 1000' >/dev/null
  eventually has_lines later 1
  "$CCOCKER" update --restart always later
  kill -KILL "$(field later Pid)"
  eventually has_lines later 2
  "$CCOCKER" update --restart no later
  eventually is later running
  kill -KILL "$(field later Pid)"
  eventually is later exited
}

@test "a health command: starting, healthy, unhealthy; ps and its filter; the event log" {
  "$CCOCKER" run -d --name sick --health-cmd 'test -e /ok' --health-interval 100ms --health-retries 2 builtin/busybox sh -c 'touch /ok; sleep 1000' >/dev/null
  status_shows sick 'health: starting' || status_shows sick healthy
  eventually status_shows sick '(healthy)'
  same "$(field sick Names)" sick
  try ps --filter health=healthy --format '{{.Names}}'
  prints sick
  "$CCOCKER" exec sick rm /ok
  eventually status_shows sick '(unhealthy)'
  eventually grep -q 'health_status: unhealthy' "$CCOCKER_STATE/events/log"
  grep -q '"status":"unhealthy"' "$CCOCKER_STATE"/containers/*/health.json
}

image_health() { "$CCOCKER" inspect --format "{{with .Config.Healthcheck}}$2{{end}}" "$1"; }
moment_of() { "$CCOCKER" events --since 0 --until 0s --filter "container=$1" --format '{{.TimeNano}} {{.Action}}' | sed -n "s/ $2\$//p" | head -1; }

@test "an image's own HEALTHCHECK, as buildah writes it: healthy, unhealthy, and its start period" {
  need_image health
  "$CCOCKER" pull -q "$IMAGE" >/dev/null
  same "$(image_health "$IMAGE" '{{json .}}')" \
    '{"Test":["CMD-SHELL","test -e /ok"],"Interval":200000000,"Timeout":10000000000,"StartPeriod":3000000000,"Retries":2}'
  "$CCOCKER" run -d --name built "$IMAGE" >/dev/null
  # Its command makes no /ok: what fails in the first three seconds is not held against it.
  "$CCOCKER" run -d --name barren --health-start-interval 100ms "$IMAGE" sleep 1000 >/dev/null
  same "$(image_health built '{{.Test}} {{.Interval}} {{.Timeout}} {{.StartPeriod}} {{.Retries}}')" \
    '[CMD-SHELL test -e /ok] 200000000 10000000000 3000000000 2'
  for try in $(seq 300); do status_shows built '(healthy)' && break; sleep 0.1; done  # the first probe comes after five seconds
  status_shows built '(healthy)' || fail "not healthy: $(field built Status)"
  "$CCOCKER" exec built rm /ok
  eventually status_shows built '(unhealthy)'
  same "$("$CCOCKER" inspect --format '{{.State.Health.Status}} {{ge .State.Health.FailingStreak 2}}' built)" "unhealthy true"
  eventually status_shows barren '(unhealthy)'
  told() { [ -n "$(moment_of barren 'health_status: unhealthy')" ]; }  # written after what ps reads
  eventually told
  local started=$(moment_of barren start) judged=$(moment_of barren 'health_status: unhealthy')
  [ $((judged - started)) -ge 2900000000 ] || fail "unhealthy $((judged - started)) ns after its start: $("$CCOCKER" inspect barren)"
}

@test "an image's own HEALTHCHECK: --no-healthcheck leaves it out, a flag replaces its part" {
  need_image health
  "$CCOCKER" pull -q "$IMAGE" >/dev/null
  "$CCOCKER" run -d --name carefree --no-healthcheck "$IMAGE" sleep 1000 >/dev/null
  "$CCOCKER" run -d --name patient --health-interval 1h --health-start-interval 100ms "$IMAGE" >/dev/null
  same "$(image_health patient '{{.Test}} {{.Interval}} {{.Timeout}} {{.StartPeriod}} {{.Retries}}')" \
    '[CMD-SHELL test -e /ok] 3600000000000 10000000000 3000000000 2'
  eventually status_shows patient '(healthy)'
  "$CCOCKER" exec patient rm /ok
  # Neither is probed in a time for fifteen of the image's own: the one has failed nothing, the other has no health.
  sleep 3
  status_shows patient '(healthy)'
  same "$("$CCOCKER" ps --filter health=none --format '{{.Names}}')" carefree
  is carefree running
  ! status_shows carefree health || fail "it has a health: $(field carefree Status)"
  same "$("$CCOCKER" inspect --format '{{json .State}}' carefree | grep -c Health)" 0
  same "$("$CCOCKER" inspect --format '{{json .Config.Healthcheck}}' carefree)" '{"Test":["NONE"]}'
  same "$("$CCOCKER" events --since 0 --until 0s --filter container=carefree --format '{{.Action}}' | grep -c health)" 0
}

@test "probes without a program: tcp and http inside the container's network" {
  "$CCOCKER" run -d --name web --health-cmd http:8080/index.html --health-interval 100ms --health-retries 2 builtin/busybox \
    sh -c 'mkdir -p /www; echo hi >/www/index.html; exec httpd -f -p 8080 -h /www' >/dev/null
  eventually status_shows web '(healthy)'
  "$CCOCKER" exec web rm /www/index.html
  eventually status_shows web '(unhealthy)'
  "$CCOCKER" run -d --name port --health-cmd tcp:9090 --health-interval 100ms --health-retries 2 builtin/busybox \
    sh -c 'sleep 0.5; exec nc -lk -p 9090 -e true' >/dev/null
  eventually status_shows port healthy
  try run --rm --health-cmd tcp:99999 builtin/busybox true
  exits 125
  explains "health-cmd"
}

@test "--on-unhealthy restart and stop; --no-healthcheck" {
  "$CCOCKER" run -d --name reborn --on-unhealthy restart --stop-timeout 0 --health-cmd 'test ! -e /bad' --health-interval 100ms --health-retries 1 \
    builtin/busybox sh -c 'rm -f /bad; echo up; sleep 1000' >/dev/null
  eventually status_shows reborn healthy
  "$CCOCKER" exec reborn touch /bad
  eventually has_lines reborn 2
  "$CCOCKER" run -d --name halted --on-unhealthy stop --stop-timeout 0 --restart always --health-cmd false --health-interval 100ms --health-retries 1 \
    builtin/busybox sleep 1000 >/dev/null
  eventually is halted exited
  try run --rm --no-healthcheck --health-cmd true builtin/busybox true
  exits 125
  explains "no-healthcheck"
}

health_of() { "$CCOCKER" inspect --format "{{with .State.Health}}$2{{end}}" "$1"; }

@test "the log of the checks stays when the container ends, and goes on at its next start" {
  "$CCOCKER" run -d --name why --on-unhealthy stop --stop-timeout 0 --health-cmd 'echo why-it-fails; exit 3' --health-interval 1s --health-retries 1 \
    builtin/busybox sleep 1000 >/dev/null
  eventually is why exited
  same "$(health_of why '{{.Status}} {{with index .Log 0}}{{.ExitCode}} {{.Output}}{{end}}')" "unhealthy 3 why-it-fails"
  local first=$(health_of why '{{(index .Log 0).Start}}')
  "$CCOCKER" start why >/dev/null
  eventually is why exited
  same "$(health_of why '{{.Status}} {{(index .Log 0).Start}} {{ge (len .Log) 2}}')" "unhealthy $first true"
  "$CCOCKER" run -d --name fit --stop-timeout 0 --health-cmd 'echo fine' --health-interval 100ms builtin/busybox sleep 1000 >/dev/null
  eventually status_shows fit '(healthy)'
  "$CCOCKER" stop fit >/dev/null
  same "$(health_of fit '{{.Status}} {{(index .Log 0).Output}}')" "unhealthy fine"  # as Docker: nobody checks it any more
}

@test "a probe that begins in the start period and fails after it does not count" {
  "$CCOCKER" run -d --name late --health-cmd 'sleep 6; exit 1' --health-start-period 5s --health-start-interval 10ms --health-interval 1h \
    --health-retries 1 builtin/busybox sleep 1000 >/dev/null
  probed() { [ "$(health_of late '{{len .Log}}')" -ge 1 ]; }
  for try in $(seq 300); do probed && break; sleep 0.1; done  # it takes six seconds
  same "$(health_of late '{{.Status}} {{.FailingStreak}} {{len .Log}}')" "starting 0 1"
}

probes_of() { "$CCOCKER" inspect --format '{{range .State.Health.Log}}{{.Start}} {{end}}' "$1"; }

@test "health is not checked while it is paused, and what was frozen on its way does not count" {
  # Until the first success a failure does not count: the server may not listen yet.
  local check=(--health-interval 100ms --health-timeout 3s --health-retries 1 --health-start-period 30s --health-start-interval 100ms)
  "$CCOCKER" run -d --name still --on-unhealthy stop --stop-timeout 0 --health-cmd 'sleep 0.2' "${check[@]}" builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name served --on-unhealthy stop --stop-timeout 0 --health-cmd http:8080/ "${check[@]}" builtin/busybox sh -c 'mkdir /www; echo hi >/www/index.html; exec httpd -f -p 8080 -h /www' >/dev/null
  eventually status_shows still '(healthy)'
  status_shows served '(healthy)' || status_shows served starting
  eventually status_shows served '(healthy)'
  "$CCOCKER" pause still served >/dev/null
  sleep 3.5  # a probe that was on its way is over, by its timeout
  local before=$(probes_of still) before_served=$(probes_of served)
  sleep 1.5
  same "$(probes_of still)" "$before"
  same "$(probes_of served)" "$before_served"
  is still paused
  is served paused
  "$CCOCKER" unpause still served >/dev/null
  probed_again() { [ "$(probes_of "$1")" != "$2" ]; }
  eventually probed_again still "$before"
  eventually probed_again served "$before_served"
  is still running
  is served running
  same "$("$CCOCKER" events --since 0 --until 0s --format '{{.Action}} {{.Actor.Attributes.name}}' | grep unhealthy | grep -c 'still\|served')" 0
}

@test "a health check that hangs is ended at its timeout" {
  "$CCOCKER" run -d --name slow --health-cmd 'sleep 7373' --health-interval 100ms --health-timeout 200ms --health-retries 2 builtin/busybox sleep 1000 >/dev/null
  eventually status_shows slow unhealthy
  grep -q 'exceeded timeout' "$CCOCKER_STATE"/containers/*/health.json
}

@test "--on-pressure: memory pressure is an event, pauses or kills" {
  grep -q . /proc/pressure/memory 2>/dev/null || skip "this kernel keeps no pressure figures"
  # A file larger than the limit that is read again and again: the page cache is taken away and fetched back.
  local load='head -c 60m /dev/zero >/big; while :; do cat /big >/dev/null; done'
  "$CCOCKER" run -d --name tight -m 24m --memory-swap 24m --on-pressure memory:some=1ms/500ms=event builtin/busybox sh -c "$load" >/dev/null
  told() { grep -q '"action":"pressure: memory"' "$CCOCKER_STATE/events/log"; }
  for try in $(seq 300); do told && break; sleep 0.1; done
  if ! told; then
    [ "$(awk '/^some/ { sub("total=", "", $5); print $5 }' "/sys/fs/cgroup/unified/ccocker/$(field tight ID)"*/memory.pressure)" -lt 20000 ] || fail "pressure was there and no event"
    skip "no memory pressure could be made on this machine"
  fi
  "$CCOCKER" rm -f tight
  "$CCOCKER" run -d --name frozen -m 24m --memory-swap 24m --on-pressure memory:some=1ms/500ms=pause builtin/busybox sh -c "$load" >/dev/null
  "$CCOCKER" run -d --name doomed -m 24m --memory-swap 24m --on-pressure memory:some=1ms/500ms=kill builtin/busybox sh -c "$load" >/dev/null
  for try in $(seq 300); do is frozen paused && is doomed exited && break; sleep 0.1; done
  is frozen paused
  is doomed exited
  same "$(field doomed ExitCode)" 137
  try run --rm --on-pressure memory:some=1s builtin/busybox true
  exits 125
  explains "on-pressure"
}

@test "a full disk ends no container: policies go on, health is checked, stop and inspect know the truth" {
  local mount=$BATS_TEST_TMPDIR/small
  unmount=$mount
  mkdir "$mount"
  mount -t tmpfs -o size=8m none "$mount"
  export CCOCKER_ROOT=$mount/root CCOCKER_STATE=$mount/state
  takes_overlay "$mount" || skip "no overlay on a tmpfs of this kernel"
  try run --rm builtin/busybox true
  exits 0
  "$CCOCKER" run -d --restart always --name dying builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --restart always --network none --name alone builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name checked --tmpfs /t --health-cmd 'test ! -e /t/bad' --health-interval 100ms --health-retries 1 builtin/busybox sleep 1000 >/dev/null
  eventually status_shows checked '(healthy)'
  cat /dev/zero >"$mount/filler" 2>/dev/null || true
  local before_alone=$(field alone Pid)
  kill -KILL "$before_alone" "$(field dying Pid)"
  lives_again() { is alone running && [ "$(field alone Pid)" != 0 ] && [ "$(field alone Pid)" != "$before_alone" ]; }
  eventually lives_again
  same "$("$CCOCKER" inspect --format '{{.RestartCount}}' alone)" 1
  # Its new address has no room on this disk, so it is tried again and again.
  wants_back() { is dying restarting || is dying running; }
  eventually wants_back
  sleep 1
  is checked running
  try stop -t 0 alone
  exits 0
  is alone exited
  rm "$mount/filler"
  eventually is dying running
  "$CCOCKER" exec checked touch /t/bad
  eventually status_shows checked '(unhealthy)'
  "$CCOCKER" rm -f dying alone checked >/dev/null
  "$CCOCKER" network prune -f >/dev/null
}

@test "what a detached supervisor has to say is in the log: that a state cannot be written down" {
  "$CCOCKER" run -d --restart always --network none --name unsaid builtin/busybox $(marked_sleep) >/dev/null
  local dir=$CCOCKER_ROOT/containers/$("$CCOCKER" inspect -f '{{.Id}}' unsaid)
  # Neither a new file nor the old one can be written.
  mkdir "$dir/state.json.new"
  mv "$dir/state.json" "$dir/there"
  ln -s there "$dir/state.json"
  kill -KILL "$(field unsaid Pid)"
  told() { "$CCOCKER" logs unsaid 2>&1 | grep -q '^ccocker: container unsaid goes on, but what became of it cannot be written down: '; }
  eventually told
  rmdir "$dir/state.json.new"
  "$CCOCKER" rm -f unsaid >/dev/null
}

@test "a state directory that was removed ends no container with a health check" {
  export CCOCKER_STATE=$BATS_TEST_TMPDIR/passing/state
  "$CCOCKER" run -d --network none --name homeless --health-cmd true --health-interval 100ms builtin/busybox $(marked_sleep) >/dev/null
  eventually status_shows homeless '(healthy)'
  local pid=$(field homeless Pid)
  eventually rm -rf "$CCOCKER_STATE/containers"  # somebody writes into it meanwhile
  sleep 1
  kill -0 "$pid" || fail "it was ended"
  kill -KILL "$pid"
  gone() { [ -z "$(running "$(marked_sleep)"; own_processes homeless)" ]; }
  eventually gone
  "$CCOCKER" rm -f homeless >/dev/null
}

@test "contradictions are refused" {
  try run -d --rm --restart always builtin/busybox true
  exits 125
  explains "restart" "rm"
  try run --restart sometimes builtin/busybox true
  exits 125
  explains "restart"
  try run --on-unhealthy panic builtin/busybox true
  explains "on-unhealthy"
}
