# save and push give an image back as it was: the same config and the same layers, for skopeo and for ccocker itself.
load lib

prepare_file() {
  need_image base
  export IMAGE
  start_htpasswd_registry
}

diff_ids() { # skopeo's view of an image: its DiffIDs, one a line
  skopeo inspect --tls-verify=false --config "$1" | "$PYTHON" -c 'import json,sys; print("\n".join(json.load(sys.stdin)["rootfs"]["diff_ids"]))'
}
config_digest() { skopeo inspect --tls-verify=false --raw "$1" | "$PYTHON" -c 'import json,sys; print(json.load(sys.stdin)["config"]["digest"])'; }
image_id() { "$CCOCKER" images --no-trunc --format '{{.ID}}' "$1"; }

login_for() { # REGISTRY
  mkdir -p "$HOME/.docker"
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$1" "$(printf reader:s3cret | base64)" >"$HOME/.docker/config.json"
}

@test "what save writes is an image for skopeo, with the DiffIDs it was pulled with" {
  try pull -q "$IMAGE"
  exits 0
  try tag "$IMAGE" saved/app:1
  exits 0
  try save -o "$BATS_TEST_TMPDIR/a.tar" saved/app:1
  exits 0
  same "$(diff_ids "docker-archive:$BATS_TEST_TMPDIR/a.tar:saved/app:1")" "$(diff_ids "docker://$IMAGE")"
  same "$(stat -c %a "$BATS_TEST_TMPDIR/a.tar")" 600
  mkdir "$BATS_TEST_TMPDIR/layout"
  tar -C "$BATS_TEST_TMPDIR/layout" -xf "$BATS_TEST_TMPDIR/a.tar"
  local blob
  for blob in "$BATS_TEST_TMPDIR"/layout/blobs/sha256/*; do
    same "$(sha256sum <"$blob" | cut -d' ' -f1)" "$(basename "$blob")"
  done
}

@test "layers of every kind come back as the tars they were" {
  local name blob count=0
  for name in odd whiteouts zstd plain docker; do
    need_image "$name"
    try pull -q "$IMAGE"
    exits 0
    mkdir -p "$BATS_TEST_TMPDIR/$name"
    "$CCOCKER" save "$IMAGE" | tar -C "$BATS_TEST_TMPDIR/$name" -xf -
    for blob in "$BATS_TEST_TMPDIR/$name"/blobs/sha256/*; do
      same "$(sha256sum <"$blob" | cut -d' ' -f1)" "$(basename "$blob")"
      count=$((count + 1))
    done
  done
  [ "$count" -gt 15 ] || fail "only $count blobs were compared"
}

@test "save to standard output gives the same bytes twice, and load takes them elsewhere" {
  try pull -q "$IMAGE"
  "$CCOCKER" save "$IMAGE" >"$BATS_TEST_TMPDIR/1.tar"
  "$CCOCKER" save -o "$BATS_TEST_TMPDIR/2.tar" "$IMAGE"
  cmp "$BATS_TEST_TMPDIR/1.tar" "$BATS_TEST_TMPDIR/2.tar"
  local id
  id=$(image_id "$IMAGE")
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/other try load -i "$BATS_TEST_TMPDIR/1.tar"
  exits 0
  shows "Loaded image: $IMAGE"
  same "$(CCOCKER_ROOT=$BATS_TEST_TMPDIR/other image_id "$IMAGE")" "$id"
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/other try save -o "$BATS_TEST_TMPDIR/3.tar" "$IMAGE"
  cmp "$BATS_TEST_TMPDIR/1.tar" "$BATS_TEST_TMPDIR/3.tar"
}

@test "several images share their layers in one archive; an ID is saved without a name" {
  try pull -q "$IMAGE"
  try tag "$IMAGE" two/names:a
  try tag "$IMAGE" two/names:b
  try save -o "$BATS_TEST_TMPDIR/a.tar" two/names builtin/busybox
  exits 0
  same "$(tar -tf "$BATS_TEST_TMPDIR/a.tar" | sort | uniq -d)" ""
  tar -xOf "$BATS_TEST_TMPDIR/a.tar" manifest.json | grep -q '"two/names:a","two/names:b"'
  try save -o "$BATS_TEST_TMPDIR/b.tar" "$(image_id two/names:a)"
  exits 0
  tar -xOf "$BATS_TEST_TMPDIR/b.tar" manifest.json | grep -q '"RepoTags":null'
}

@test "save refuses a terminal, unknown images and a directory, and leaves no half archive" {
  need script
  try pull -q "$IMAGE"
  run script -qec "$CCOCKER save $IMAGE" /dev/null
  same "$status" 1
  shows "cowardly refusing to save to a terminal"
  try save -o "$BATS_TEST_TMPDIR/no.tar" nobody/knows:this
  exits 1
  explains "no such image: nobody/knows:this"
  [ ! -e "$BATS_TEST_TMPDIR/no.tar" ] || fail "an archive of nothing is there"
  try save -o "$BATS_TEST_TMPDIR" "$IMAGE"
  exits 1
  explains "directory"
}

@test "a layer's file that was changed in the store is found out, and nothing is saved" {
  local root=$BATS_TEST_TMPDIR/changed file
  CCOCKER_ROOT=$root try pull -q "$IMAGE"
  file=$(find "$root/layers" -path '*/tree/etc/passwd' | head -1)
  sed -i 's/app/APP/' "$file"
  CCOCKER_ROOT=$root try save -o "$BATS_TEST_TMPDIR/c.tar" "$IMAGE"
  exits 1
  explains "changed in the store" "pull it again"
  [ -z "$(ls "$BATS_TEST_TMPDIR" | grep c.tar)" ] || fail "half an archive is there"
}

@test "a pulled image that is pushed elsewhere has the same config digest and DiffIDs" {
  local there=$REGISTRY/pushed/app:2
  try pull -q "$IMAGE"
  try tag "$IMAGE" "$there"
  try push "$there"
  exits 0
  shows "The push refers to repository \[$REGISTRY/pushed/app\]"
  shows "^2: digest: sha256:[0-9a-f]{64} size: [0-9]+$"
  same "$(config_digest "docker://$there")" "$(image_id "$IMAGE")"
  same "$(diff_ids "docker://$there")" "$(diff_ids "docker://$IMAGE")"
  skopeo copy -q --src-tls-verify=false "docker://$there" "oci:$BATS_TEST_TMPDIR/copy:x"
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/again try pull -q "$there"
  exits 0
  same "$(CCOCKER_ROOT=$BATS_TEST_TMPDIR/again image_id "$there")" "$(image_id "$IMAGE")"
}

@test "within one registry layers are mounted, and the manifest is the pulled one" {
  local there=$REGISTRY/mounted/app:1
  try pull -q "$IMAGE"
  try tag "$IMAGE" "$there"
  try push "$there"
  exits 0
  says "Mounted from another repository|Layer already exists"
  same "$(skopeo inspect --tls-verify=false --raw "docker://$there" | sha256sum)" \
    "$(skopeo inspect --tls-verify=false --raw "docker://$IMAGE" | sha256sum)"
}

@test "a second push sends nothing; layers made here are sent to a registry that has none" {
  local there
  start_other_registry
  there=$(address_of other)/app:$RANDOM
  try pull -q "$IMAGE"
  try tag "$IMAGE" "$there"
  LIMIT_S=120 try push "$there"
  exits 0
  same "$(diff_ids "docker://$there")" "$(diff_ids "docker://$IMAGE")"
  try push "$there"
  exits 0
  says "Layer already exists"
  [[ "$stderr" != *Pushed* ]] || fail "a layer was sent again"
  # What the registry calls it from then on is a name of the image.
  local pushed=${there%:*}@$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$there")
  same "$("$CCOCKER" inspect -f '{{json .RepoDigests}}' "$there" | grep -c "$pushed")" 1
  try run --rm --pull never --network none "$pushed" true
  exits 0
}

big_image() { # BIG: one layer, of 40 MB that do not compress
  BIG=made/big:1
  head -c 40000000 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
  tar -C "$BATS_TEST_TMPDIR" -cf "$BATS_TEST_TMPDIR/big.tar" noise
  try import "$BATS_TEST_TMPDIR/big.tar" "$BIG"
  exits 0
}

@test "a large layer reaches registries that take no chunks, or small ones, or lose them" {
  local kind
  start_faulty_registry
  big_image
  for kind in ghcr artifact-registry ecr; do
    try tag "$BIG" "$FAULTY/push-$kind/app:1"
    LIMIT_S=120 try push "$FAULTY/push-$kind/app:1"
    exits 0
    shows "^1: digest: sha256:[0-9a-f]{64} size: [0-9]+$"
  done
}

@test "a large layer comes through a proxy that takes a megabyte a request" {
  local there
  start_narrow_registry
  there=$(address_of narrow)/through/narrow:$RANDOM
  big_image
  try tag "$BIG" "$there"
  LIMIT_S=120 try push "$there"
  exits 0
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/again try pull -q "$there"
  exits 0
  same "$(CCOCKER_ROOT=$BATS_TEST_TMPDIR/again image_id "$there")" "$(image_id "$BIG")"
}

@test "the built-in image can be pushed, and runs from there" {
  local there=$REGISTRY/own/busybox:1
  try tag builtin/busybox "$there"
  try push -q "$there"
  exits 0
  prints "$there"
  CCOCKER_ROOT=$BATS_TEST_TMPDIR/again try run --rm "$there" echo hello
  exits 0
  prints hello
}

@test "push logs in: htpasswd and signed tokens with the right to push" {
  local there
  rm -rf "$HOME/.docker"
  try pull -q "$IMAGE"
  there=$(address_of htpasswd)/by/login:$RANDOM
  try tag "$IMAGE" "$there"
  try push "$there"
  exits 1
  explains "$(address_of htpasswd)" "login"
  login_for "$(address_of htpasswd)"
  try push "$there"
  exits 0
  start_token_registry
  there=$(address_of token)/by/token:$RANDOM
  try tag "$IMAGE" "$there"
  try push "$there"
  exits 1
  login_for "$(address_of token)"
  try push "$there"
  exits 0
  shows "digest: sha256:"
}

@test "push says what is wrong: no such tag, a digest, the built-in name, nobody there" {
  try push "$REGISTRY/never/made:1"
  exits 1
  explains "does not exist locally with the tag: $REGISTRY/never/made"
  try push builtin/busybox
  exits 1
  explains "tag the image"
  try tag builtin/busybox 127.0.0.1:1/x:1
  try push 127.0.0.1:1/x:1
  exits 1
  explains "127.0.0.1:1"
}

@test "tag: the new name is the same image, and bad names are refused" {
  try tag builtin/busybox some/name
  exits 0
  same "$(image_id some/name:latest)" "$(image_id builtin/busybox:latest)"
  try tag builtin/busybox Bad/NAME
  exits 1
  explains "NAME|Bad"
  try tag no/such:image x/y
  exits 1
  explains "no such image"
  try rmi some/name
  shows "Untagged: some/name:latest"
}

@test "history shows the steps, newest first" {
  try history builtin/busybox
  exits 0
  shows "^IMAGE +CREATED +CREATED BY +SIZE +COMMENT"
  TZ=UTC try history --format '{{.CreatedAt}}' builtin/busybox
  shows '^[0-9-]{10}T[0-9:]{8}Z$'
  TZ=UTC-5:30 try history --format '{{.CreatedAt}}' builtin/busybox
  shows '^[0-9-]{10}T[0-9:]{8}\+05:30$'
  try history -q --no-trunc builtin/busybox
  prints "$(image_id builtin/busybox:latest)"
}
