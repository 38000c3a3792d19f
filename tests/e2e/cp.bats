# cp, both ways, by Docker's rules about what lands where.
load lib

setup() {
  cd "$BATS_TEST_TMPDIR"
  start_container --name web builtin/busybox sh -c 'mkdir -p /data/sub; echo inside >/data/file; ln -s file /data/link; sleep 1000'
  eventually in_container test -L /data/link
}
teardown() {
  stop_container || true
  "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true
}
in_container() { "$CCOCKER" exec web "$@"; }

@test "files in and out of a running container" {
  echo outside >file
  try cp file web:/tmp
  exits 0
  quiet
  same "$(in_container cat /tmp/file)" outside
  try cp file web:/tmp/other
  same "$(in_container cat /tmp/other)" outside
  try cp web:/data/file .
  same "$(cat file)" inside
  try cp web:data/file renamed
  same "$(cat renamed)" inside
  mkdir dir
  try cp web:/data/file dir/
  same "$(cat dir/file)" inside
}

@test "directories: whole, their content, onto one that is there" {
  try cp web:/data out
  exits 0
  same "$(cat out/file)" inside
  same "$(readlink out/link)" file
  try cp web:/data out
  same "$(cat out/data/file)" inside
  mkdir content
  try cp web:/data/. content
  same "$(ls content)" "$(ls out | grep -v '^data$')"
  try cp content web:/made
  same "$(in_container cat /made/file)" inside
  try cp content/. web:/data/sub
  same "$(in_container ls /data/sub)" $'file\nlink\nsub'
}

@test "links are copied as links, with -L followed" {
  try cp web:/data/link .
  same "$(readlink link)" file
  try cp -L web:/data/link followed
  same "$(cat followed)" inside
  [ ! -L followed ] || fail "it is a link"
}

@test "modes, owners and times" {
  echo x >file
  chown 1234:55 file
  chmod 4751 file  # after it: a new owner takes the set-user-ID bit away
  touch -d '2001-02-03 04:05:06 UTC' file
  try cp file web:/file
  same "$(in_container stat -c '%a %u %g %Y' /file)" "4751 1234 55 981173106"
  try cp web:/file back
  same "$(stat -c '%a %u %g %Y' back)" "4751 $(id -u) $(id -g) 981173106"
  try cp -a web:/file back2
  same "$(stat -c '%a %u %g' back2)" "4751 1234 55"
}

@test "tars: out to standard output, in from standard input, also compressed" {
  "$CCOCKER" cp web:/data - >data.tar
  same "$(tar tf data.tar | sort | tr '\n' ' ')" 'data/ data/file data/link data/sub/ '
  "$CCOCKER" cp web:/data/. - >content.tar
  same "$(tar tf content.tar | sort | tr '\n' ' ')" './ ./file ./link ./sub/ '
  "$CCOCKER" cp - web:/tmp <data.tar
  same "$(in_container cat /tmp/data/file)" inside
  in_container mkdir /zipped
  gzip -c data.tar | "$CCOCKER" cp - web:/zipped
  same "$(in_container readlink /zipped/data/link)" file
  try_with_input 'this is no tar, whatever else it may be' cp - web:/tmp
  exits 1
  explains 'tar'
  "$CCOCKER" cp - web:/tmp </dev/null
  try_with_input '' cp - web:/data/file
  exits 1
  explains 'must be a directory'
}

@test "a container that has ended, and volumes" {
  mkdir volume
  echo v >volume/f
  "$CCOCKER" run --name done -v "$PWD/volume:/vol" builtin/busybox sh -c 'echo old >/file'
  try cp done:/file .
  same "$(cat file)" old
  echo new >file
  try cp file done:/put
  exits 0
  try cp file done:/vol/put
  exits 0
  same "$(cat volume/put)" new
  same "$(cat "$("$CCOCKER" inspect -f '{{.GraphDriver.Data.UpperDir}}' done)/put")" new
  try cp done:/vol/f vf
  same "$(cat vf)" v
  same "$(host_mounts | grep -c "$CCOCKER_ROOT" || true)" 0
  [ ! -e "$CCOCKER_STATE/containers/$("$CCOCKER" inspect -f '{{.Id}}' done)" ] || fail "a lock was left"
}

@test "links in a container lead nowhere outside it" {
  echo secret >"$BATS_TEST_TMPDIR/secret"
  echo new >new
  in_container sh -c "ln -s $BATS_TEST_TMPDIR /out; ln -s / /top; ln -s ../../../../../../../../../../../../..$BATS_TEST_TMPDIR /up"
  in_container ln -s "$BATS_TEST_TMPDIR/secret" /stolen
  for path in /out/secret /up/secret /top/out/secret; do
    try cp "web:$path" got
    exits 1
    explains 'could not find the file'
  done
  try cp -L web:/stolen got
  exits 1
  explains 'could not find the file'
  for path in /out/new /up/new /stolen; do
    try cp new "web:$path"
    [ "$status" = 0 ] || says 'could not find|no such'
    same "$(cat secret)" secret
  done
  mkdir -p tree/etc
  echo pwned >tree/etc/f
  in_container sh -c "mkdir /d; ln -s $BATS_TEST_TMPDIR /d/etc"
  try cp tree/. web:/d
  exits 1
  explains 'cannot overwrite non-directory'
  [ ! -e f ] || fail "it was written through a link"
  tar cf evil.tar tree/etc/f --transform "s,tree,../..$BATS_TEST_TMPDIR/x," -P
  "$CCOCKER" cp - web:/d <evil.tar 2>err && fail "a name with .. was taken"
  grep -q 'leads out' err || fail "$(cat err)"
  # A container whose own /proc and links race with us is read through openat2 all the same.
  try cp web:/proc/1/root/etc/passwd got
  [ "$status" = 1 ] || fail "a magic link was followed"
}

@test "what goes wrong is said" {
  echo x >file
  mkdir dir
  try cp web:/none .
  exits 1
  explains 'could not find the file /none in container web'
  try cp none web:/tmp
  exits 1
  explains 'none: no such file or directory'
  try cp file web:/none/x
  exits 1
  explains 'could not find the file /none in container web'
  try cp file web:/none/
  exits 1
  explains 'no such directory: web:/none'
  try cp dir web:/data/file
  exits 1
  explains 'cannot copy a directory onto the file web:/data/file'
  in_container mkdir -p /tmp/file
  try cp file web:/tmp
  exits 1
  explains 'cannot overwrite directory web:/tmp/file with non-directory'
  try cp file/ web:/tmp
  exits 1
  explains 'is not a directory'
  try cp web:/data web:/other
  exits 1
  explains 'copying between containers is not supported'
  try cp a b
  exits 1
  explains 'must specify at least one container source'
  try cp nosuch:/x .
  exits 1
  explains 'no such container: nosuch'
}

@test "a read-only root refuses; / is copied without the kernel's filesystems" {
  "$CCOCKER" run --rm --read-only --name ro builtin/busybox sleep 1000 3>&- &
  local other=$!
  eventually "$CCOCKER" exec ro true
  echo x >file
  try cp file ro:/file
  exits 1
  explains 'container rootfs is marked read-only' 'Read-only file system'
  "$CCOCKER" rm -f ro
  wait $other || true
  try cp web:/ whole
  exits 0
  same "$(ls -A whole/proc)$(ls -A whole/sys)" ""
  same "$(cat whole/data/file)" inside
}

@test "a stopped container with a read-only root refuses, too, but its volumes take copies" {
  "$CCOCKER" create --read-only -v "$BATS_TEST_TMPDIR/data:/data" --name readonly builtin/busybox true >/dev/null
  echo x >file
  try cp file readonly:/file
  exits 1
  explains 'container rootfs is marked read-only'
  try cp file readonly:/data/file
  exits 0
  same "$(cat "$BATS_TEST_TMPDIR/data/file")" x
  try cp readonly:/bin/busybox -
  exits 0
  "$CCOCKER" rm readonly
}

@test "copies of one stopped container take turns" {
  "$CCOCKER" create --name both builtin/busybox true >/dev/null
  head -c 30000000 /dev/zero >large
  local turn pids=()
  for turn in 1 2 3 4; do
    "$CCOCKER" cp large both:/large$turn 2>err$turn 3>&- &
    pids+=($!)
  done
  for turn in 1 2 3 4; do wait "${pids[turn - 1]}" || fail "copy $turn: $(cat err$turn)"; done
  "$CCOCKER" cp both:/ whole
  same "$(stat -c %s whole/large*)" "$(printf '30000000\n%.0s' 1 2 3 4)"
  "$CCOCKER" rm both
}

@test "a file that is nearly all hole, and many files" {
  truncate -s 1T sparse
  try cp sparse web:/sparse
  exits 0
  same "$(in_container stat -c %s /sparse)" 1099511627776
  mkdir -p many
  for i in $(seq 300); do echo "$i" >"many/$i"; done
  try cp many web:/many
  try cp web:/many back
  diff -r many back || fail "they differ"
}
