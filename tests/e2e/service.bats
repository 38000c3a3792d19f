# The systemd unit that scripts/install-service writes.
load lib

teardown() { "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true; }

install_unit() {
  run --separate-stderr env DESTDIR="$BATS_TEST_TMPDIR" "$E2E_SOURCE/../../scripts/install-service" "$CCOCKER"
  exits 0
  UNIT=$BATS_TEST_TMPDIR/etc/systemd/system/ccocker.service
  [ -f "$UNIT" ] || fail "there is no $UNIT"
}

# systemd says what it ignores, and ends with 0 all the same.
verify() { run --separate-stderr systemd-analyze verify --man=no --recursive-errors=no "$UNIT"; }

@test "systemd takes the unit as it is, without a word" {
  install_unit
  ! grep -n '@' "$UNIT" || fail "something was not filled in"
  verify
  exits 0
  prints ""
  quiet
}

@test "what is wrong in a unit would have been said" {
  install_unit
  sed -i 's/^KillMode=control-group/KillMode=mexed/; s/^Delegate=/Delegat=/' "$UNIT"
  verify
  says 'kill mode .*mexed'
  says "'Delegat'"
  install_unit
  sed -i 's|^ExecStart=-[^ ]*|ExecStart=/no/such/ccocker|' "$UNIT"
  verify
  [ "$status" != 0 ] || fail "a program that is not there was taken"
}

# What systemd does with the unit: its command, whose failure it ignores, and SIGTERM to all that it left running.
start_unit() { timeout 60 $(sed -n 's/^ExecStart=-//p' "$UNIT") >"$BATS_TEST_TMPDIR/started" 2>"$BATS_TEST_TMPDIR/failed" || true; }
stop_unit() {
  grep -qx KillMode=control-group "$UNIT" && grep -qx KillSignal=SIGTERM "$UNIT" || fail "it does not ask all supervisors"
  local pid
  for pid in $(own_processes); do kill -TERM "$pid"; done
  stopped() { [ -z "$(own_processes)" ]; }
  eventually stopped
}

@test "the command of the unit brings back what is to be restarted" {
  install_unit
  "$CCOCKER" run -d --name back --restart always builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name gone builtin/busybox sleep 1000 >/dev/null
  local pid
  for pid in $(own_processes); do kill -KILL "$pid"; done
  none_runs() { [ -z "$("$CCOCKER" ps -q)" ]; }  # a kernel under load takes a moment for the last of a killed process
  eventually none_runs
  start_unit
  same "$(cat "$BATS_TEST_TMPDIR/started" "$BATS_TEST_TMPDIR/failed")" back
  try ps --format '{{.Names}}'
  prints back
}

@test "the oldest is started first, as another may use its network; one that fails leaves the others" {
  install_unit
  mkdir "$BATS_TEST_TMPDIR/disk"
  "$CCOCKER" run -d --name first --restart always --stop-timeout 1 builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name broken --restart always --stop-timeout 1 --mount "type=bind,source=$BATS_TEST_TMPDIR/disk,target=/disk" builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name second --restart always --stop-timeout 1 --network container:first builtin/busybox sleep 1000 >/dev/null
  stop_unit
  rmdir "$BATS_TEST_TMPDIR/disk"
  start_unit
  same "$(cat "$BATS_TEST_TMPDIR/started")" $'first\nsecond'
  grep -q "$BATS_TEST_TMPDIR/disk" "$BATS_TEST_TMPDIR/failed" || fail "nothing is said of the one that failed"
  try ps --format '{{.Names}}'
  prints $'second\nfirst'
}

@test "when the unit stops, containers get their own stop signal, and unless-stopped is no user's stop" {
  install_unit
  local heeding='trap "echo ended; exit 7" QUIT; echo up; while :; do sleep 0.05; done'
  "$CCOCKER" run -d --name kept --restart unless-stopped --stop-signal QUIT builtin/busybox sh -c "$heeding" >/dev/null
  "$CCOCKER" run -d --name held --restart unless-stopped --stop-signal QUIT builtin/busybox sh -c "$heeding" >/dev/null
  "$CCOCKER" run -d --name crashing --restart unless-stopped builtin/busybox sh -c 'sleep 0.1; exit 1' >/dev/null
  up() { [ "$("$CCOCKER" logs "$1" | tail -1)" = up ]; }
  eventually up kept
  eventually up held
  "$CCOCKER" stop held >/dev/null
  stop_unit
  same "$("$CCOCKER" logs kept | tail -1)" ended
  same "$("$CCOCKER" inspect --format '{{.State.Status}} {{.State.ExitCode}}' kept)" "exited 7"
  start_unit
  same "$(sort "$BATS_TEST_TMPDIR/started")" $'crashing\nkept'
  try ps -a --filter name=held --format '{{.State}}'
  prints exited
}
