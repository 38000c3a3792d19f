# prune and system df.
load lib

teardown() { rm -f "$BATS_TEST_TMPDIR/going"; }

@test "container prune removes what does not run, after a question" {
  try run --name one builtin/busybox sh -c 'head -c 100000 /dev/zero >/file'
  try_with_input n container prune
  exits 0
  shows "WARNING! This will remove all stopped containers"
  same "$("$CCOCKER" ps -aq | wc -l)" 1
  try container prune -f --filter label=nothing
  prints "Total reclaimed space: 0B"
  try container prune -f
  shows "^Deleted Containers:"
  shows "^Total reclaimed space: 100kB"
  same "$("$CCOCKER" ps -aq | wc -l)" 0
}

@test "image prune: dangling ones, with -a all that no container uses" {
  try run --name base builtin/busybox sh -c 'head -c 200000 /dev/zero >/file'
  try commit base
  local dangling=$output
  try commit base named/image
  try tag named/image other/name
  try image prune -f
  shows "^deleted: $dangling$"
  shows "^Total reclaimed space: 0B"
  try image prune -af --filter until=24h
  hides "named/image"
  try image prune -af
  shows "^untagged: named/image:latest$"
  shows "^Total reclaimed space: 200kB"
  try images -q
  [ -n "$output" ] || fail "an image that a container stands on is gone"
  try rm base
}

@test "system df adds up, and system prune takes it all" {
  try run --name used -v /anon builtin/busybox sh -c 'head -c 5000 /dev/zero >/anon/f; head -c 3000 /dev/zero >/g'
  try system df
  exits 0
  shows "^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE"
  shows "^Containers +1 +0 +3[.0-9]*kB +3[.0-9]*kB \(100%\)"
  shows "^Local Volumes +1 +1 +5kB +0B \(0%\)"
  try system df -v
  shows "^VOLUME NAME +LINKS +SIZE"
  try system df --format '{{.Type}}={{.TotalCount}}'
  shows "^Images=1$"
  try system prune -af --volumes
  shows "Deleted Containers"
  shows "Deleted Volumes"
  shows "Deleted Images"
  try system df --format '{{.TotalCount}}'
  prints "$(printf '0\n0\n0')"
}

@test "image and container stand for their commands, and a group alone says what there is" {
  try image pull --help
  exits 0
  try container ls -a
  exits 0
  try image list
  exits 0
  try image
  exits 0
  shows '^  ls, list +List images$'
  try container prune --filter sometime=1
  exits 1
  explains "until, label"
  try image prune -f --filter until=yesterdayish
  exits 1
  explains "until|span"
}

@test "image prune --filter dangling=false is -a" {
  try run --name base builtin/busybox true
  try commit base named/image
  try image prune -f --filter dangling=true
  hides "named/image"
  try_with_input y image prune --filter dangling=false
  shows "all images without at least one container"
  shows "^untagged: named/image:latest$"
  try rm base
}

@test "beside image prune -af a run works or says that its image is missing, and what has a container stays" {
  try run --name base builtin/busybox sh -c 'echo whole >/file'
  try commit base raced/image
  try rm base
  cd "$BATS_TEST_TMPDIR"
  try save -o raced.tar raced/image
  exits 0
  touch going
  while [ -e going ]; do
    "$CCOCKER" image prune -af && "$CCOCKER" load -qi raced.tar || touch failed
  done >prune.out 2>&1 3>&- &
  local pruning=$! turn name made=()
  for turn in $(seq 60); do
    try run --rm --pull never --network none raced/image cat /file
    case $status in
      0) prints whole ;;
      125) explains "no such image" ;;
      *) fail "a broken container" ;;
    esac
    try create --name "made$turn" --pull never --network none raced/image cat /file
    [ "$status" = 0 ] && made+=("made$turn") || explains "no such image"
    [ "${#made[@]}" -lt 5 ] || { "$CCOCKER" rm "${made[@]}" >/dev/null && made=(); }
  done
  rm going
  wait $pruning
  [ ! -e failed ] || fail "$(cat prune.out)"
  try image prune -af
  for name in "${made[@]}"; do
    try start -a "$name"
    prints whole
    try rm "$name"
  done
}

@test "an image that a newer pull replaced is dangling, and image prune frees it" {
  try image prune -af  # what the test before this one kept for its containers
  need_image docker && local first=$IMAGE
  need_image oci && local second=$IMAGE image ids=()
  for image in "$first" "$second"; do
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$image" "docker://$REGISTRY/moving:1"
    try pull -q "$REGISTRY/moving:1"
    exits 0
    ids+=("$("$CCOCKER" images -q --no-trunc "$REGISTRY/moving:1")")
  done
  try images -f dangling=true --no-trunc --format '{{.Repository}} {{.Tag}} {{.ID}}'
  prints "$REGISTRY/moving <none> ${ids[0]}"
  try image prune -f
  shows "^untagged: $REGISTRY/moving@sha256:"
  shows "^deleted: ${ids[0]}$"
  try images -q --no-trunc
  prints "${ids[1]}"
  try rmi "$REGISTRY/moving:1"
  exits 0
}

@test "image prune frees the layers of a pull that was killed, not those of one under way" {
  start_faulty_registry
  layers() { ls "$CCOCKER_ROOT/layers"; }
  has_layer() { [ -n "$(layers)" ]; }
  try image prune -af
  [ -z "$(layers)" ] || fail "layers without an image: $(layers)"
  "$CCOCKER" pull "$FAULTY/second-stalls/app:1" >/dev/null 2>&1 3>&- &
  local pulling=$!
  eventually has_layer
  try image prune -f
  prints "Total reclaimed space: 0B"
  has_layer || fail "the layer of a pull under way is gone"
  kill -KILL $pulling
  wait $pulling || true
  try system df --format '{{.Type}} {{.TotalCount}} {{.Reclaimable}}'
  shows '^Images 0 [0-9.]+MB \(100%\)$'
  try image prune -f --filter until=1h  # asks about images
  has_layer || fail "a filter that fits no image took a layer"
  try image prune -f
  shows '^deleted: sha256:[0-9a-f]{64}$'
  shows '^Total reclaimed space: [0-9.]+MB$'
  [ -z "$(layers)" ] || fail "layers are left: $(layers)"
}

@test "a record that cannot be read breaks no other command, and no volume goes meanwhile" {
  try run --name newer -v kept:/data builtin/busybox sh -c 'echo x >/data/f'
  local id record
  id=$("$CCOCKER" ps -aq --no-trunc --filter name=newer)
  record=$CCOCKER_ROOT/containers/$id/config.json
  for change in 's/"version":1/"version":99/' 's/.*/{/'; do
    sed -i "$change" "$record"
    try system df
    exits 0
    try system df -v
    exits 0
    try image prune -f
    exits 0
    try rmi nosuch
    explains "no such image"
    for words in "volume prune -af" "volume rm kept"; do
      try $words
      exits 1
      explains "no volume is removed while the record of container ${id:0:12} cannot be read"
    done
    [ -e "$CCOCKER_ROOT/volumes/kept/_data/f" ] || fail "the data is gone"
  done
  try rm "${id:0:12}"
  exits 0
  try volume prune -af
  shows "^kept$"
}
