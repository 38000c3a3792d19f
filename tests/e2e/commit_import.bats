# Images made here: commit, export, import.
load lib

image_id() { "$CCOCKER" images --no-trunc --format '{{.ID}}' "$1"; }
remove_all() { "$CCOCKER" ps -aq | xargs -r "$CCOCKER" rm -f >/dev/null; }
teardown() { remove_all; }

@test "commit: what a stopped container changed, added and removed is in the new image" {
  try run --name work builtin/busybox sh -c 'echo new >/etc/new; chmod 4750 /etc/new; rm /bin/wget; mkdir -p /a/b; chown 7:8 /a/b; ln /etc/new /a/again; ln -s ../etc /a/link'
  exits 0
  try commit -a "An Author" -m "A comment" -c 'CMD ["cat", "/etc/new"]' -c 'ENV COLOR=blue' work made/here:1
  exits 0
  shows "^sha256:[0-9a-f]{64}$"
  try run --rm made/here:1
  prints new
  try run --rm made/here:1 sh -c 'ls /bin/wget; stat -c "%a %u" /etc/new; stat -c "%u:%g" /a/b; readlink /a/link; [ /a/again -ef /etc/new ] && echo $COLOR'
  prints "$(printf '4750 0\n7:8\n../etc\nblue')"
  try history --no-trunc made/here:1
  shows "A comment"
}

@test "an image with one layer several times runs, and leaves and comes back" {
  local turn image=builtin/busybox
  for turn in 1 2 3; do  # a container that changed nothing gives the same empty layer each time
    try run --name "same$turn" --network none "$image" true
    exits 0
    try commit "same$turn" "made/same:$turn"
    exits 0
    image=made/same:$turn
  done
  try run --name changed --network none "$image" sh -c 'echo top >/file; rm /bin/wget'
  try commit changed made/changed
  try run --rm --network none made/changed sh -c 'cat /file; ls /bin/wget'
  same "$output" top
  try save -o "$BATS_TEST_TMPDIR/same.tar" made/changed
  exits 0
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/other try load -i "$BATS_TEST_TMPDIR/same.tar"
  exits 0
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/other try run --rm --pull never --network none made/changed cat /file
  prints top
}

@test "commit keeps entrypoint, environment, user and directory of the container" {
  try run --name work -e A=1 -u 5 -w /tmp -l key=value builtin/busybox sh -c 'exit 3'
  exits 3
  try commit work made/kept
  exits 0
  try run --rm made/kept
  exits 3
  try run --rm made/kept sh -c 'echo $A; id -u; pwd'
  prints "$(printf '1\n5\n/tmp')"
  try images --filter label=key=value -q
  [ -n "$output" ] || fail "the label is lost"
}

@test "a running container is committed, still meanwhile, and runs on" {
  start_container --name alive builtin/busybox sh -c 'echo yes >/there; while :; do sleep 1; done'
  eventually "$CCOCKER" exec alive test -e /there
  try commit alive made/alive
  exits 0
  try run --rm made/alive cat /there
  prints yes
  try exec alive true
  exits 0
  stop_container
}

@test "bad changes are told before anything is made" {
  try run --name work builtin/busybox true
  try commit -c 'RUN true' work x/y
  exits 1
  explains 'RUN true' "not one of"
  try commit -c 'EXPOSE high' work x/y
  exits 1
  explains "no port"
  try commit nobody
  exits 1
  explains "no such container"
}

@test "commit of a directory that was renamed over the image's is whole" {
  try run --name first builtin/busybox sh -c 'mkdir -p /d/sub; echo 1 >/d/sub/one; echo 2 >/d/two'
  try commit first made/dirs
  try run --name second made/dirs sh -c 'mv /d /e; echo 3 >/e/three; rm /e/two; mkdir /d; echo n >/d/n'
  exits 0
  try commit second made/moved
  exits 0
  try run --rm made/moved sh -c 'cat /e/sub/one /e/three; ls /d /e'
  prints "$(printf '1\n3\n/d:\nn\n\n/e:\nsub\nthree')"
}

@test "export gives the container's files, and import makes them an image" {
  try run --name work builtin/busybox sh -c 'echo exported >/file; rm /bin/wget'
  try export -o "$BATS_TEST_TMPDIR/files.tar" work
  exits 0
  same "$(tar -xOf "$BATS_TEST_TMPDIR/files.tar" file)" exported
  ! tar -tf "$BATS_TEST_TMPDIR/files.tar" | grep -qx bin/wget || fail "a removed file is there"
  ! tar -tf "$BATS_TEST_TMPDIR/files.tar" | grep -q '^proc/.' || fail "a mount is in the archive"
  try import -c 'CMD cat /file' -m "from a tar" "$BATS_TEST_TMPDIR/files.tar" made/flat:1
  exits 0
  shows "^sha256:"
  try run --rm made/flat:1
  prints exported
  gzip -k "$BATS_TEST_TMPDIR/files.tar"
  run --separate-stderr sh -c "'$CCOCKER' import - made/flat:2 <'$BATS_TEST_TMPDIR/files.tar.gz'"
  exits 0
  try run --rm made/flat:2 cat /file
  prints exported
}

@test "import of what is no tar says so; export of nothing too" {
  echo "no tar at all" >"$BATS_TEST_TMPDIR/x"
  try import "$BATS_TEST_TMPDIR/x"
  exits 1
  explains "importing $BATS_TEST_TMPDIR/x"
  try import http://example.invalid/x.tar
  exits 1
  explains "curl"
  try export nobody
  exits 1
  explains "no such container"
}

# A commit of `busy` that is stopped while the container stands still for it: $commit.
stop_within_commit() {  # ID
  local try
  for try in 1 2 3 4 5; do
    "$CCOCKER" commit busy kept:1 >/dev/null 2>&1 3>&- &
    commit=$!
    until still_file "$1" || is_in_state Z; do :; done
    kill -STOP $commit
    until is_in_state TZ; do :; done
    ! still_file "$1" || return 0
    kill -KILL $commit
    wait $commit || true
  done
  fail "no commit was caught at work"
}
is_in_state() { grep -q "^State:.[$1]" "/proc/$commit/status"; }

still_file() { ls "$CCOCKER_STATE"/containers/"$1"*/still >/dev/null 2>&1; }

@test "a commit that is killed leaves its container frozen only until the next command" {
  local id
  id=$("$CCOCKER" run -d --name busy builtin/busybox sh -c 'head -c 200000000 /dev/urandom >/big; touch /ready; exec sleep 1000')
  eventually "$CCOCKER" exec busy test -e /ready
  stop_within_commit "$id"
  same "$("$CCOCKER" inspect -f '{{.State.Status}}' busy)" paused
  kill -KILL $commit
  wait $commit || true
  still_file "$id" || fail "the mark went with the commit"
  try exec busy echo goes on
  prints 'goes on'
  if still_file "$id"; then fail "the mark of the killed commit is still there"; fi
  # A container that somebody paused stays so.
  "$CCOCKER" pause busy >/dev/null
  same "$("$CCOCKER" inspect -f '{{.State.Status}}' busy)" paused
  try commit busy kept:2
  exits 0
  same "$("$CCOCKER" ps --filter name=busy --format '{{.Status}}' | grep -c Paused)" 1
  "$CCOCKER" unpause busy >/dev/null
  "$CCOCKER" rm -f busy >/dev/null
}

@test "what was the entrypoint stays it: inspect, commit; so do ports and the health check" {
  "$CCOCKER" create --name own --entrypoint echo --expose 90 --health-cmd 'true x' builtin/busybox hello >/dev/null
  try inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{.Path}} {{.Args}}' own
  prints '["echo"] ["hello"] echo [hello]'
  try commit own kept/own
  exits 0
  try image inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.ExposedPorts}} {{.Config.Healthcheck.Test}}' kept/own
  prints '["echo"] ["hello"] {"90/tcp":{}} [CMD-SHELL true x]'
  try run --rm kept/own bye
  prints bye
  "$CCOCKER" create --name plain --entrypoint '' kept/own echo once >/dev/null
  try inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' plain
  prints 'null ["echo","once"]'
  "$CCOCKER" rm own plain
}
