# ps and rm; names and IDs.
load lib

teardown() { "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true; }

@test "an ended container stays without --rm, with its exit code, until rm" {
  try run --name kept builtin/busybox sh -c 'exit 5'
  exits 5
  try ps
  hides kept
  try ps -a
  shows '^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +.*NAMES$'
  shows '^[0-9a-f]{12} +builtin/busybox .*Exited \(5\) .* kept$'
  try rm kept
  exits 0
  prints kept
  try ps -aq
  prints ""
}

@test "a template that asks for .Size gets it without --size" {
  "$CCOCKER" run --name big builtin/busybox sh -c 'head -c 100000 /dev/zero >/file'
  try ps -a --format '{{.Size}}'
  shows '^100kB \(virtual .*MB\)$'
  local size=$output
  try ps -as --format 'table {{.Names}} {{.Size}}'
  shows "^big +$(sed 's/[()]/\\&/g' <<<"$size")$"
  try ps -a --size=false --format '{{.Size}}'
  prints 0B
}

@test "ps -q, -l, -n, --no-trunc, -f, --format" {
  for name in one two three; do "$CCOCKER" run --name $name -l number=$name builtin/busybox true; done
  try ps -aq
  same "$(grep -cxE '[0-9a-f]{12}' <<<"$output")" 3
  try ps -aq --no-trunc
  same "$(grep -cxE '[0-9a-f]{64}' <<<"$output")" 3
  try ps -l --format '{{.Names}}'
  prints three
  try ps -n 2 --format '{{.Names}}'
  prints $'three\ntwo'
  try ps -a -f name=two --format '{{.Names}} {{.Image}}'
  prints 'two builtin/busybox'
  try ps -a -f label=number=one -q
  same "$(wc -l <<<"$output")" 1
  try ps -a -f status=running -q
  prints ""
  try ps -a -f nosuch=1
  [ "$status" != 0 ] || fail "an unknown filter was accepted"
  explains nosuch
  try ps -a --format json
  same "$("$PYTHON" -c 'import json, sys; print(sorted(json.loads(line)["Names"] for line in sys.stdin))' <<<"$output")" "['one', 'three', 'two']"
}

@test "a running container is listed as up; rm refuses it, rm -f kills it" {
  start_container --name busy builtin/busybox sleep 1000
  try ps
  shows 'Up .* busy$'
  try rm busy
  exits 1
  explains busy "running"
  try rm -f busy
  exits 0
  code=0; wait "$supervisor" || code=$?
  same "$code" 137
  try ps -aq
  prints ""
}

@test "a name is given once" {
  "$CCOCKER" run --name taken builtin/busybox true
  try run --name taken builtin/busybox true
  exits 125
  explains taken
  try run --name 'bad name/' builtin/busybox true
  exits 125
  explains 'bad name/'
}

@test "rm of several: what works is done, what does not is named" {
  "$CCOCKER" run --name aa builtin/busybox true
  "$CCOCKER" run --name bb builtin/busybox true
  try rm aa nosuch bb
  exits 1
  shows '^aa$'
  shows '^bb$'
  says nosuch
}

@test "--rm leaves no record and no files" {
  try run --rm builtin/busybox sh -c 'echo data >/file'
  exits 0
  try ps -aq
  prints ""
  same "$(ls -A "$CCOCKER_ROOT/containers" 2>/dev/null | grep -E '^[0-9a-f]{64}$' || true)" ""
  same "$(find "$CCOCKER_ROOT" -name file)" ""
}

@test "ps filters that scripts use: names by pattern, images by any name, age, volumes, networks" {
  "$CCOCKER" run --name web -v data:/var/data --network none builtin/busybox true
  "$CCOCKER" run --name web2 --expose 90 builtin/busybox true
  "$CCOCKER" tag builtin/busybox tagged/again:1
  names() { "$CCOCKER" ps -a --format '{{.Names}}' --filter "$1"; }
  same "$(names 'name=^web$')" web
  same "$(names 'name=^/web$')" web
  same "$(names name=we | wc -l)" 2
  same "$(names ancestor=tagged/again:1 | wc -l)" 2
  same "$(names before=web2)" web
  same "$(names since=web)" web2
  same "$(names volume=data)" web
  same "$(names volume=/var/data)" web
  same "$(names network=bridge)" web2
  same "$(names expose=80-99/tcp)" web2
  same "$(names publish=80)" ""
  same "$(names status=dead)" ""
  try ps -a --filter before=nosuch
  exits 1
  explains "no such container: nosuch"
  try ps -a --filter 'name=('
  explains "a regular expression"
  try ps -a --filter name=^web$ --format '{{.Networks}} {{.Mounts}} {{.LocalVolumes}}'
  prints "none data 1"
  try ps -a --filter name=^web2$ --format json
  shows '"LocalVolumes":"0","Mounts":"","Names":"web2","Networks":"bridge"'
  "$CCOCKER" rm -v web web2
  "$CCOCKER" volume rm data
}

@test "moments of a container are known to more than a second" {
  "$CCOCKER" run --name brief builtin/busybox true
  try inspect -f '{{.State.StartedAt}} {{.State.FinishedAt}}' brief
  shows '^[^ ]+:[0-9]+\.[0-9]+Z [^ ]+:[0-9]+\.[0-9]+Z$'
  "$CCOCKER" rm brief
}

@test "a tree deeper than descriptors go is a sentence where it is walked, and goes with its container" {
  local dig='i=0; while [ $i -lt 1500 ]; do mkdir d; cd -P d; i=$((i + 1)); done'
  try run --name deep --network none builtin/busybox sh -c "$dig"
  exits 0
  for command in "diff deep" "cp deep:/d -" "export deep"; do
    try $command
    exits 1
    explains "deeper than 512 directories"
  done
  try ps -as --filter name=deep --format '{{.Size}}'
  exits 0
  try system df
  exits 0
  try commit deep deep:1
  exits 1
  explains "deeper than 512 directories"
  try rm deep
  exits 0
  quiet
  same "$(find "$CCOCKER_ROOT/containers" -mindepth 1 -maxdepth 1 ! -name names)" ""
  # --rm, too, and what the program says counts.
  try run --rm --network none builtin/busybox sh -c "$dig; exit 3"
  exits 3
  quiet
  same "$(find "$CCOCKER_ROOT/containers" -mindepth 1 -maxdepth 1 ! -name names)" ""
}

@test "ps shows a container's image by its ID once the name is another image's" {
  try run --name base --network none builtin/busybox touch /file
  try commit base named/here:1
  try create --name old --network none named/here:1
  try ps -a --filter name=old --format '{{.Image}}'
  prints named/here:1
  local id
  id=$("$CCOCKER" inspect -f '{{.Image}}' old)
  try tag builtin/busybox named/here:1
  try ps -a --filter name=old --format '{{.Image}}'
  prints "${id:7:12}"
  try ps -a --no-trunc --filter name=old --format '{{.Image}}'
  prints "$id"
  try rm base old
  try rmi -f named/here:1 "${id:7:12}"
}

@test "ps lists containers when the images cannot be read" {
  local root=$BATS_TEST_TMPDIR/root
  export CCOCKER_ROOT=$root CCOCKER_STATE=$BATS_TEST_TMPDIR/state
  try create --name listed --network none builtin/busybox true
  exits 0
  cp "$root/images/names.json" "$BATS_TEST_TMPDIR/whole"
  echo '{half' >"$root/images/names.json"
  try ps -a --format '{{.Names}} {{.Image}}'
  prints "listed builtin/busybox"
  cp "$BATS_TEST_TMPDIR/whole" "$root/images/names.json"
  try rm listed
}
