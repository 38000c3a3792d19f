# Several images in one pull; layers that several share are fetched once.
load lib

# A registry of its own: others fetch the same layers from the one that all have.
prepare_file() {
  start_registry counted
  export REGISTRY
  REGISTRY=$(address_of counted)
}

blob_requests() {  # how often the registry was asked for a blob since line $1 of its log, per digest
  tail -n "+$(($1 + 1))" "$E2E/counted.log" | grep -oE '"GET /v2/[^ ]+/blobs/sha256:[0-9a-f]+' | sed 's/.*blobs.//' | sort | uniq -c | sort -rn
}
log_line() {  # how many lines the registry's log has, once it has all that was asked so far
  settle_log
  wc -l <"$E2E/counted.log"
}
settle_log() {  # the registry logs a request after it has answered: a last one of our own shows that it got there
  local mark=mark-$RANDOM-$RANDOM
  curl -s "http://$REGISTRY/v2/$mark/tags/list" >/dev/null
  eventually grep -q "$mark" "$E2E/counted.log"
}

@test "thirty images in one pull" {
  need_image many
  local names=() i
  for i in $(seq 30); do names+=("$REGISTRY/many-$i:1"); done
  from=$(log_line)
  try pull -q "${names[@]}"
  exits 0
  same "$(wc -l <<<"$output")" 30
  # Docker's registry logs every request: the shared base once, each image's own layer and config once.
  most=$(blob_requests "$from" | awk 'NR == 1 { print $1 }')
  same "$most" 1
  try images -q
  same "$(sort -u <<<"$output" | wc -l)" 30
  for n in 1 17 30; do
    try run --rm --pull never "$REGISTRY/many-$n:1" cat /etc/marker
    exits 0
    prints "number $n"
  done
  try rmi "${names[@]}"
  exits 0
}

@test "a pull, a save and a load of more layers than the soft limit of descriptors is good for" {
  need_image many
  local names=() i
  for i in $(seq 30); do names+=("$REGISTRY/many-$i:1"); done
  few() { run --separate-stderr prlimit --nofile=40:4096 timeout 60 "$CCOCKER" "$@"; }
  few pull -q "${names[@]}"
  exits 0
  few save -o "$BATS_TEST_TMPDIR/all.tar" "${names[@]}"
  exits 0
  try rmi "${names[@]}"
  exits 0
  few load -q -i "$BATS_TEST_TMPDIR/all.tar"
  exits 0
  same "$(wc -l <<<"$output")" 30
  try rmi "${names[@]}"
  exits 0
}

@test "a layer that two images share is fetched once and stored once" {
  need_image shared-a
  a=$IMAGE
  need_image shared-b
  from=$(log_line)
  try pull -q "$a" "$IMAGE"
  exits 0
  same "$(blob_requests "$from" | awk 'NR == 1 { print $1 }')" 1
  both=$(du -sk "$CCOCKER_ROOT" | cut -f1)
  try rmi "$a"
  exits 0
  one=$(du -sk "$CCOCKER_ROOT" | cut -f1)
  [ $((both - one)) -lt 4000 ] || fail "removing one of two images freed $((both - one)) KB: the shared layer went, too"
  try run --rm --pull never "$IMAGE" sha256sum /common/noise
  exits 0
  shows "^$(sha256sum <"$E2E/images/common/common/noise" | cut -d' ' -f1)"
  try rmi "$IMAGE"
  exits 0
  none=$(du -sk "$CCOCKER_ROOT" | cut -f1)
  [ $((one - none)) -gt 7500 ] || fail "removing the last image freed only $((one - none)) KB"
}

@test "two processes that pull the same image at once both succeed and fetch its layers once" {
  need_image medium
  from=$(log_line)
  "$CCOCKER" pull -q "$IMAGE" >"$BATS_TEST_TMPDIR/1" 2>&1 3>&- &
  first=$!
  "$CCOCKER" pull -q "$IMAGE" >"$BATS_TEST_TMPDIR/2" 2>&1 3>&- &
  second=$!
  wait $first || fail "the first: $(cat "$BATS_TEST_TMPDIR/1")"
  wait $second || fail "the second: $(cat "$BATS_TEST_TMPDIR/2")"
  settle_log
  local layer seen # the config, a few hundred bytes, may be asked for by both
  seen=$(blob_requests "$from")
  for layer in $(skopeo inspect --tls-verify=false --raw "docker://$IMAGE" | "$PYTHON" -c 'import json, sys; print(*(l["digest"][7:] for l in json.load(sys.stdin)["layers"]))'); do
    ! grep -qE "^ *([2-9]|1[0-9]+) .*$layer" <<<"$seen" || fail "layer $layer was fetched more than once: $seen"
  done
  try rmi "$IMAGE"
  exits 0
}

@test "unknown images among several: the others stay and run, and each failure is told once with its image's name" {
  need_image shared-a
  try rmi "$IMAGE" # where another test has pulled it
  try pull -q "$REGISTRY/nosuch:1" "$IMAGE" "$REGISTRY/neither:2"
  exits 1
  prints "$IMAGE"
  same "$(grep -c '^ccocker: ' <<<"$stderr")" 2
  says "^ccocker: pulling $REGISTRY/nosuch:1: "
  says "^ccocker: pulling $REGISTRY/neither:2: "
  try run --rm --pull never --network none "$IMAGE" cat /etc/marker
  exits 0
  prints a
  try events --since 0 --until 0s --filter event=pull --format '{{.Actor.ID}}'
  shows "/shared-a:1$"
  hides nosuch
  try rmi "$IMAGE"
  exits 0
}

@test "^C ends a pull of several images at once" {
  start_faulty_registry
  "$CCOCKER" pull -q "$FAULTY/second-stalls/app:1" "$REGISTRY/nosuch:1" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  pull=$!
  eventually eval '[ -n "$(ls "$CCOCKER_ROOT/staging" 2>/dev/null)" ]'
  kill -INT $pull
  status=0
  wait $pull || status=$?
  output=$(cat "$BATS_TEST_TMPDIR/out")
  exits 130
  prints "ccocker: interrupted"
  same "$(ls "$CCOCKER_ROOT/staging")" ""
}

# A pull that has all bytes and waits for the store's lock, which $holder keeps.
pull_to_the_lock() {  # IMAGE
  mkdir -p "$CCOCKER_ROOT/images"
  flock "$CCOCKER_ROOT/images" sleep 25 3>&- &
  holder=$!
  eventually eval '! flock -n "$CCOCKER_ROOT/images" true'
  local layers
  layers=$(ls "$CCOCKER_ROOT/layers" | wc -l)
  "$CCOCKER" pull -q "$1" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  pull=$!
  eventually eval '[ "$(ls "$CCOCKER_ROOT/layers" | wc -l)" = $((layers + 1)) ] && [ -z "$(ls "$CCOCKER_ROOT/staging")" ]'
  sleep 0.3
}
let_go() { pkill -P "$holder" && wait "$holder" || true; }

@test "a pull that waits for the store's lock is ended by ^C at once, and another one needs no byte again" {
  need_image many
  need_image base
  try pull -q "$IMAGE" # so that only the image's own layer is missing
  exits 0
  try rmi "$REGISTRY/many-7:1"
  pull_to_the_lock "$REGISTRY/many-7:1"
  kill -INT $pull
  status=0
  wait $pull || status=$?
  kill -0 "$holder" || fail "the lock was let go meanwhile"
  output=$(cat "$BATS_TEST_TMPDIR/out")
  let_go
  exits 130
  prints "ccocker: interrupted"
  try pull "$REGISTRY/many-7:1"
  exits 0
  [[ "$stderr" != *Downloading* ]] || fail "it fetched a layer that was there"
  try rmi "$REGISTRY/many-7:1"
}

@test "a pull that waits for the store's lock succeeds when it is let go" {
  need_image many
  need_image base
  try pull -q "$IMAGE"
  exits 0
  try rmi "$REGISTRY/many-7:1"
  pull_to_the_lock "$REGISTRY/many-7:1"
  let_go
  wait $pull || fail "the pull: $(cat "$BATS_TEST_TMPDIR/out")"
  same "$(cat "$BATS_TEST_TMPDIR/out")" "$REGISTRY/many-7:1"
  try rmi "$REGISTRY/many-7:1"
  exits 0
}

@test "pulling again fetches no layer and says so" {
  need_image base
  try pull "$IMAGE"
  exits 0
  from=$(log_line)
  try pull "$IMAGE"
  exits 0
  shows "[Uu]p to date"
  settle_log
  config=$(skopeo inspect --tls-verify=false --raw "docker://$IMAGE" | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["config"]["digest"][7:])')
  same "$(blob_requests "$from" | grep -v "$config" || true)" ""
}

@test "without a terminal progress is plain lines: no escape codes, no carriage returns" {
  need_image medium
  try pull "$IMAGE"
  exits 0
  case "$output$stderr" in *$'\033'* | *$'\r'*) fail "escape codes in a pipe" ;; esac
}

@test "-q prints one line" {
  need_image base
  try pull -q "$IMAGE"
  exits 0
  prints "$IMAGE"
  quiet
}
