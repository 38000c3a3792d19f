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
  sed -i 's/^KillMode=mixed/KillMode=mexed/; s/^Delegate=/Delegat=/' "$UNIT"
  verify
  says 'kill mode .*mexed'
  says "'Delegat'"
  install_unit
  sed -i 's|^ExecStart=[^ ]*|ExecStart=/no/such/ccocker|' "$UNIT"
  verify
  [ "$status" != 0 ] || fail "a program that is not there was taken"
}

@test "the command of the unit brings back what is to be restarted" {
  install_unit
  "$CCOCKER" run -d --name back --restart always builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" run -d --name gone builtin/busybox sleep 1000 >/dev/null
  local pid
  for pid in $(own_processes); do kill -KILL "$pid"; done
  try ps -q
  prints ""
  run timeout 60 $(sed -n 's/^ExecStart=//p' "$UNIT")
  exits 0
  try ps --format '{{.Names}}'
  prints back
}
