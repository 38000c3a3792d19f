# images, rmi and load.
load lib

prepare_file() {
  need_image base && BASE=$IMAGE && need_image docker && DOCKER=$IMAGE
  export BASE DOCKER
  "$CCOCKER" pull -q "$BASE" "$DOCKER" >/dev/null
}

@test "images lists what was pulled as Docker's table does" {
  try images
  exits 0
  shows '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$'
  shows "^$REGISTRY/base +1 +[0-9a-f]{12} .*[0-9.]+ ?[kM]B$"
}

@test "images -q, --no-trunc, --digests and --format json" {
  try images -q
  same "$(grep -cE '^[0-9a-f]{12}$' <<<"$output")" 2
  try images -q --no-trunc
  same "$(grep -cE '^sha256:[0-9a-f]{64}$' <<<"$output")" 2
  try images --digests
  shows 'DIGEST'
  shows 'sha256:[0-9a-f]{64}'
  try images --format json
  exits 0
  same "$("$PYTHON" -c 'import json, sys; print(sorted(json.loads(line)["Repository"].split("/")[1] for line in sys.stdin))' <<<"$output")" "['base', 'docker']"
}

@test "the image ID is the digest of the config" {
  expected=$(skopeo inspect --tls-verify=false --raw "docker://$BASE" | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["config"]["digest"])')
  try images -q --no-trunc
  shows "^$expected$"
}

@test "rmi refuses what a container uses, and -f does not make it vanish under a running one" {
  start_container --rm "$BASE" sleep 1000
  try rmi "$BASE"
  local code=$status message=$stderr
  stop_container
  same "$code" 1
  grep -qE 'container' <<<"$message" || fail "the message names no container: $message"
  try images -q
  same "$(wc -l <<<"$output")" 2
}

@test "rmi by a prefix of the ID prints Untagged and Deleted; the layers are gone" {
  need_image zstd
  try pull -q "$IMAGE"
  id=$(skopeo inspect --tls-verify=false --raw "docker://$IMAGE" | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["config"]["digest"][7:])')
  try rmi "${id:0:8}"
  exits 0
  shows "^Untagged: $IMAGE$"
  shows "^Deleted: sha256:$id$"
  try run --rm --pull never "$IMAGE" true
  exits 125
}

@test "rmi by digest removes the image, also one that came through an index" {
  local name digest
  for name in platforms oci; do
    need_image $name
    digest=sha256:$(skopeo inspect --tls-verify=false --raw "docker://$IMAGE" | sha256sum | cut -d' ' -f1)
    try pull -q "$REGISTRY/$name@$digest"
    exits 0
    try rmi "$REGISTRY/$name@$digest"
    exits 0
    same "$(grep ^Untagged: <<<"$output")" "Untagged: $REGISTRY/$name@$digest"
    shows "^Deleted: sha256:"
    try pull -q "$IMAGE"
    exits 0
    try rmi "$IMAGE"
    same "$(grep ^Untagged: <<<"$output")" "Untagged: $IMAGE
Untagged: $REGISTRY/$name@$digest"
    shows "^Deleted: sha256:"
  done
}

@test "images --digests shows a name with its own repository's digest" {
  try tag "$BASE" copied/base:1
  exits 0
  try images --digests --format '{{.Repository}} {{.Digest}}'
  shows "^copied/base <none>$"
  shows "^$REGISTRY/base sha256:[0-9a-f]{64}$"
  try rmi copied/base:1
  exits 0
}

@test "rmi of an unknown image is one sentence" {
  try rmi nosuchimage
  exits 1
  explains "nosuchimage"
}

@test "load reads a docker-archive, an oci-archive, an OCI layout directory and standard input" {
  local dir=$E2E/images/docker/layout kind
  skopeo copy -q "oci:$dir:1" "docker-archive:$BATS_TEST_TMPDIR/docker.tar:loaded/docker:7"
  skopeo copy -q "oci:$dir:1" "oci-archive:$BATS_TEST_TMPDIR/oci.tar:loaded/oci:7"
  gzip -k "$BATS_TEST_TMPDIR/docker.tar"
  for kind in docker.tar oci.tar docker.tar.gz; do
    try load -i "$BATS_TEST_TMPDIR/$kind"
    exits 0
    shows "Loaded image"
  done
  try run --rm --pull never loaded/docker:7 cat /etc/marker
  exits 0
  prints docker
  try load -i "$dir"
  exits 0
  try rmi -f loaded/docker:7
  exits 0
  run --separate-stderr bash -c '"$CCOCKER" load <"$0"' "$BATS_TEST_TMPDIR/docker.tar"
  exits 0
  try run --rm --pull never loaded/docker:7 echo again
  exits 0
}

@test "load of something else is one sentence and stores nothing" {
  head -c 100000 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
  try images -q
  before=$output
  for file in "$BATS_TEST_TMPDIR/noise" /nonexistent /dev/null; do
    try load -i "$file"
    exits 1
    explains "$file"
  done
  try images -q
  same "$output" "$before"
}

@test "load of an archive that was cut off stores nothing" {
  need_image odd
  skopeo copy -q "oci:$E2E/images/odd/layout:1" "docker-archive:$BATS_TEST_TMPDIR/whole.tar:loaded/cut:1"
  head -c "$(($(stat -c %s "$BATS_TEST_TMPDIR/whole.tar") / 2))" "$BATS_TEST_TMPDIR/whole.tar" >"$BATS_TEST_TMPDIR/cut.tar"
  try load -i "$BATS_TEST_TMPDIR/cut.tar"
  exits 1
  explains "cut.tar"
  try run --rm --pull never loaded/cut:1 true
  exits 125
}

@test "an image name never shadows the built-in image, and builtin never asks a registry" {
  try run --rm builtin/busybox echo inside
  exits 0
  prints inside
  try pull builtin/nosuch
  [ "$status" != 0 ] || fail "builtin/nosuch was pulled"
  explains "builtin/nosuch"
}
