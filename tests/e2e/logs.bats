# What containers write, and reading it back.
load lib

teardown() { "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true; }

id_of() { "$CCOCKER" ps -a --no-trunc --filter "name=$1" --format '{{.ID}}'; }
log_files() { ls "$CCOCKER_ROOT/containers/$(id_of "$1")" | grep json.log; }

@test "both streams are kept apart and in order; Docker's format" {
  "$CCOCKER" run --name both builtin/busybox sh -c 'for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done' >/dev/null 2>&1
  try logs both
  prints $'out 1\nout 2\nout 3\nout 4\nout 5'
  same "$stderr" $'err 1\nerr 2\nerr 3\nerr 4\nerr 5'
  "$PYTHON" - "$CCOCKER_ROOT/containers/$(id_of both)/$(id_of both)-json.log" <<'END'
import json, re, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert len(lines) == 10, lines
assert all(sorted(line) == ["log", "stream", "time"] for line in lines)
assert [line["log"] for line in lines if line["stream"] == "stderr"] == ["err %d\n" % i for i in range(1, 6)]
assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", line["time"]) for line in lines)
END
}

@test "--tail, -t, --since, --until" {
  "$CCOCKER" run -d --name lines builtin/busybox \
    sh -c 'seq 100; until [ -e /go ]; do sleep 0.05; done; seq 101 110; printf "no newline"' >/dev/null
  has_lines() { [ "$("$CCOCKER" logs lines | wc -l)" = 100 ]; }
  eventually has_lines  # what is read at once has one time
  "$CCOCKER" exec lines touch /go
  "$CCOCKER" wait lines >/dev/null
  try logs --tail 3 lines
  prints $'109\n110\nno newline'
  try logs -n 0 lines
  prints ""
  same "$("$CCOCKER" logs lines | wc -l)" 110
  same "$("$CCOCKER" logs --tail 105 lines | head -1)" 7
  try logs -t --tail 1 lines
  shows '^20[0-9-]*T[0-9:.]*Z no newline$'
  local middle=$("$CCOCKER" logs -t lines | awk '$2 == 101 { print $1 }')
  same "$("$CCOCKER" logs --since "$middle" lines | head -1)" 101
  local before=$("$CCOCKER" logs -t lines | awk '$2 == 100 { print $1 }')
  same "$("$CCOCKER" logs --until "$before" lines | tail -1)" 100
  try logs --since 10h lines
  shows '^50$'
  try logs --tail x lines
  [ "$status" != 0 ] || fail "--tail x was accepted"
  explains tail
  try logs --since never lines
  explains since
}

@test "-f follows to the last line and ends with the container" {
  "$CCOCKER" run -d --name followed builtin/busybox sh -c 'for i in 1 2 3 4 5; do echo $i; sleep 0.2; done; printf end' >/dev/null
  try logs -f followed
  exits 0
  prints $'1\n2\n3\n4\n5\nend'
  try logs -f followed
  prints $'1\n2\n3\n4\n5\nend'
}

@test "200 MB as fast as it can: no byte lost, a flat supervisor, a follower that ends with the last line" {
  mkdir "$BATS_TEST_TMPDIR/data"
  seq -f 'line %040.0f abc' 1 4100000 >"$BATS_TEST_TMPDIR/data/lines"
  [ "$(stat -c %s "$BATS_TEST_TMPDIR/data/lines")" -ge 200000000 ] || fail "not 200 MB"
  "$CCOCKER" run -d --name flood --log-opt max-size=200m --log-opt max-file=5 -v "$BATS_TEST_TMPDIR/data:/data:ro" builtin/busybox \
    sh -c 'sleep 0.5; cat /data/lines' >/dev/null
  local supervisor=$(own_processes "name flood" | head -1)
  LIMIT_S=300 timeout 300 "$CCOCKER" logs -f flood >"$BATS_TEST_TMPDIR/followed" 3>&- &
  local follower=$!
  anonymous_of() { awk '/^Anonymous:/ { print $2 }' "/proc/$1/smaps_rollup" 2>/dev/null || echo 0; }  # whoever else runs ccocker
  local before=$(anonymous_of "$supervisor") most=0 rss
  while "$CCOCKER" ps -q --filter name=flood | grep -q .; do
    rss=$(anonymous_of "$supervisor")
    [ "${rss:-0}" -le "$most" ] || most=$rss
    sleep 0.2
  done
  wait $follower || fail "logs -f failed"
  local want=$(sha256sum <"$BATS_TEST_TMPDIR/data/lines")
  same "$(sha256sum <"$BATS_TEST_TMPDIR/followed")" "$want"
  same "$("$CCOCKER" logs flood | sha256sum)" "$want"
  echo "$(stat -c %s "$BATS_TEST_TMPDIR/followed") bytes; the supervisor had $before KiB of its own before and at most $most KiB meanwhile" >&3
  [ "$most" -le $((before + 768)) ] || fail "the supervisor grew from $before to $most KiB"
}

@test "rotation: the files keep to their size and number, and what is there is the end" {
  "$CCOCKER" run --name rotated --log-opt max-size=100k --log-opt max-file=3 builtin/busybox seq 1 20000 >/dev/null
  same "$(log_files rotated | wc -l)" 3
  local file
  for file in $(log_files rotated); do
    [ "$(stat -c %s "$CCOCKER_ROOT/containers/$(id_of rotated)/$file")" -le 103000 ] || fail "$file is too large"
  done
  same "$("$CCOCKER" logs rotated | tail -1)" 20000
  local first=$("$CCOCKER" logs rotated | head -1)
  same "$("$CCOCKER" logs rotated | sha256sum)" "$(seq "$first" 20000 | sha256sum)"
  "$CCOCKER" run --name plain builtin/busybox seq 1 300000 >/dev/null
  [ "$(log_files plain | wc -l)" -ge 2 ] || fail "no rotation by default"
  same "$("$CCOCKER" logs plain | sha256sum)" "$(seq 1 300000 | sha256sum)"
}

@test "a follower stays with a log that is rotated under it" {
  "$CCOCKER" run -d --name spinning --log-opt max-size=200k --log-opt max-file=50 builtin/busybox sh -c 'i=0; while [ $i -lt 40 ]; do seq $((i*1000)) $((i*1000+999)); i=$((i+1)); sleep 0.02; done' >/dev/null
  same "$("$CCOCKER" logs -f spinning | sha256sum)" "$(seq 0 39999 | sha256sum)"
}

@test "long lines, bytes that are no text, no output at all" {
  "$CCOCKER" run --name long builtin/busybox sh -c 'head -c 50000 /dev/zero | tr "\0" x; echo; printf "\"\\\\\t\001<&>\n"' >/dev/null
  same "$("$CCOCKER" logs long | head -1 | wc -c)" 50001
  same "$("$CCOCKER" logs long | tail -1 | od -An -c | tr -d ' \n')" '"\\t001<&>\n'
  "$CCOCKER" run --name latin builtin/busybox printf 'a\377b\n' >/dev/null
  same "$("$CCOCKER" logs latin)" $'a\xef\xbf\xbdb'
  "$CCOCKER" run --name silent builtin/busybox true
  try logs silent
  exits 0
  prints ""
  try logs nosuch
  exits 1
  explains nosuch
}

@test "--log-driver none keeps nothing and says so; journald only where there is one" {
  "$CCOCKER" run --name unlogged --log-driver none builtin/busybox echo x >/dev/null
  try logs unlogged
  exits 1
  explains "none"
  same "$(log_files unlogged | wc -l)" 0
  if [ ! -e /run/systemd/journal/socket ]; then
    try run --rm --log-driver journald builtin/busybox true
    exits 125
    explains journal
  fi
  try run --rm --log-driver syslog builtin/busybox true
  exits 125
  explains "log-driver"
  try run --rm --log-opt max-size=0 builtin/busybox true
  explains "max-size"
}

# in_journal SCRIPT: runs it in a mount namespace whose /run is another one, with a real journald there. The kernel's audit
# and log are left alone, and nothing is kept.
in_journal() {
  printf '[Journal]\nStorage=volatile\nAudit=\nReadKMsg=no\nForwardToWall=no\n' >"$BATS_TEST_TMPDIR/journald.conf"
  run --separate-stderr timeout -k 5 60 unshare --mount --propagation private bash -eu -c '
    mount -t tmpfs none /run
    mount --bind "$1/journald.conf" /etc/systemd/journald.conf
    mkdir -p /run/systemd/journal
    /lib/systemd/systemd-journald >"$1/journald.log" 2>&1 </dev/null 3>&- &
    journald=$!
    trap "kill $journald; wait $journald || true" EXIT
    for try in $(seq 200); do [ ! -S /run/systemd/journal/io.systemd.journal ] || break; sleep 0.05; done
    # Its answer comes when it has written all that was sent before.
    read_journal() { journalctl --sync; journalctl --no-pager --all -o json "$@"; }
    eval "$2"' - "$BATS_TEST_TMPDIR" "$1" 3>&-
}

@test "--log-driver journald: a real journal has every line, and logs gives them back" {
  export NAME=journalled-$$
  in_journal '
    "$CCOCKER" run --network none --name $NAME --log-driver journald builtin/busybox \
      sh -c "echo one; echo two >&2; echo; seq 3; printf \"x\\377y\\n\"; head -c 20000 /dev/zero | tr \"\\0\" z; echo; printf end" >"$1/out" 2>"$1/err"
    read_journal CONTAINER_NAME=$NAME >"$1/all"
    read_journal CONTAINER_ID_FULL=$("$CCOCKER" ps -aq --no-trunc --filter name=$NAME) >"$1/by-id"
    "$CCOCKER" logs $NAME >"$1/logs.out" 2>"$1/logs.err"
    "$CCOCKER" logs --tail 0 $NAME >"$1/no-tail" 2>&1
    "$CCOCKER" logs -t --until 2020-01-01 $NAME >"$1/until" 2>&1
    "$CCOCKER" logs --since 1h -t $NAME >"$1/since" 2>&1
    "$CCOCKER" logs --since 2099-01-01 $NAME >"$1/future" 2>&1
    "$CCOCKER" run -d --network none --name $NAME-d --log-driver journald builtin/busybox \
      sh -c "for i in \$(seq 20); do echo \$i; sleep 0.02; done; echo far; exit 3" >/dev/null
    "$CCOCKER" logs -f $NAME-d >"$1/followed" 2>&1
    "$CCOCKER" wait $NAME-d
    "$CCOCKER" logs --tail 2 $NAME-d >"$1/tail" 2>&1
    read_journal CONTAINER_NAME=$NAME-d >"$1/detached"
    "$CCOCKER" rm $NAME $NAME-d >/dev/null'
  exits 0
  prints 3
  "$PYTHON" - "$BATS_TEST_TMPDIR" "$NAME" <<'END' || fail "the journal is not so; journald said: $(cat "$BATS_TEST_TMPDIR/journald.log")"
import json, sys
where, name = sys.argv[1:]
def entries(file): return [json.loads(line) for line in open(f"{where}/{file}")]
def text(entry):
    message = entry["MESSAGE"]  # journalctl gives numbers where it is not UTF-8
    return bytes(message) if isinstance(message, list) else (message or "").encode()
everything = entries("all")
assert [entry["__CURSOR"] for entry in everything] == [entry["__CURSOR"] for entry in entries("by-id")]
out = [entry for entry in everything if entry["PRIORITY"] == "6"]
err = [entry for entry in everything if entry["PRIORITY"] == "3"]
assert len(out) + len(err) == len(everything)
assert [text(entry) for entry in err] == [b"two"], err
joined = b"".join(text(entry) + (b"" if "CONTAINER_PARTIAL_MESSAGE" in entry else b"\n") for entry in out)
assert joined == b"one\n\n1\n2\n3\nx\xffy\n" + b"z" * 20000 + b"\nend\n", joined[:100]
for entry in everything:
    assert entry["CONTAINER_NAME"] == name and entry["IMAGE_NAME"].startswith("builtin/busybox"), entry
    assert len(entry["CONTAINER_ID_FULL"]) == 64 and entry["CONTAINER_ID"] == entry["CONTAINER_ID_FULL"][:12], entry
    assert entry["SYSLOG_IDENTIFIER"] == entry["CONTAINER_TAG"] == entry["CONTAINER_ID"], entry
assert [text(entry) for entry in entries("detached")] == [b"%d" % i for i in range(1, 21)] + [b"far"]
def log(file): return open(f"{where}/{file}", "rb").read()
assert log("logs.out") == b"one\n\n1\n2\n3\nx\xffy\n" + b"z" * 20000 + b"\nend\n", log("logs.out")[:100]
assert log("logs.err") == b"two\n", log("logs.err")
assert log("tail") == b"20\nfar\n", log("tail")[-50:]
assert log("no-tail") == log("until") == log("future") == b""
assert len(log("since").splitlines()) == 9 and b"Z one\n" in log("since"), log("since")[:300]
assert log("followed").decode() == "".join(f"{i}\n" for i in range(1, 21)) + "far\n", log("followed")
END
  same "$(cat "$BATS_TEST_TMPDIR/err")" two
}

@test "a full disk loses log lines, says how many, and never blocks the container" {
  local mount=$BATS_TEST_TMPDIR/small
  mkdir "$mount"
  mount -t tmpfs -o size=6m none "$mount"
  takes_overlay "$mount" || { umount "$mount"; skip "no overlay on a tmpfs of this kernel"; }
  export CCOCKER_ROOT=$mount CCOCKER_STATE=$BATS_TEST_TMPDIR/small-state
  try run --rm builtin/busybox true
  exits 0
  # Told to go on by files outside, since the full disk is its root's, too.
  mkdir "$BATS_TEST_TMPDIR/told"
  "$CCOCKER" run -d --name full -v "$BATS_TEST_TMPDIR/told:/told:ro" builtin/busybox \
    sh -c 'until [ -e /told/full ]; do sleep 0.05; done; seq 1 200000; echo done; until [ -e /told/go ]; do sleep 0.07; done; echo after' >/dev/null
  head -c 8m /dev/zero >"$mount/filler" 2>/dev/null || true
  touch "$BATS_TEST_TMPDIR/told/full"
  has_written() { "$CCOCKER" top full | grep -qE ' sleep 0\.07$'; }
  eventually has_written
  "$CCOCKER" ps -q | grep -q . || fail "the container did not live on"
  rm -f "$mount/filler"
  touch "$BATS_TEST_TMPDIR/told/go"
  "$CCOCKER" wait full >/dev/null
  "$CCOCKER" logs full >"$BATS_TEST_TMPDIR/log" 2>&1
  grep -q 'lines of this log are missing here: No space left' "$BATS_TEST_TMPDIR/log" || fail "it does not say how many: $(head -3 "$BATS_TEST_TMPDIR/log")"
  tail -1 "$BATS_TEST_TMPDIR/log" | grep -qx after || fail "the last line is missing: $(tail -2 "$BATS_TEST_TMPDIR/log")"
  "$CCOCKER" rm -f full >/dev/null
  "$CCOCKER" network prune -f >/dev/null
  rm -rf "$CCOCKER_STATE"
  umount "$mount"
}
