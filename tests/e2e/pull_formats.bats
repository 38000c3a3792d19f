# Images of every form arrive as their makers' own tools unpack them.
load lib

# What the container sees against what umoci unpacks; the files ccocker mounts over are left out.
mounted_over=(proc sys dev etc/hosts etc/hostname etc/resolv.conf)

expect_same_tree() {  # NAME
  need_image "$1"
  try pull -q "$IMAGE"
  exits 0
  local unpacked=$BATS_TEST_TMPDIR/unpacked
  umoci unpack --image "$E2E/images/$1/layout:1" "$unpacked" 2>"$BATS_TEST_TMPDIR/umoci.log"
  start_container --rm "$IMAGE" sleep 1000
  "$PYTHON" "$TOOLS/tree.py" "$unpacked/rootfs" "${mounted_over[@]}" >"$BATS_TEST_TMPDIR/expected"
  "$PYTHON" "$TOOLS/tree.py" "/proc/$container_pid/root/" "${mounted_over[@]}" >"$BATS_TEST_TMPDIR/seen"
  stop_container
  # The root directory's and /etc's own times change when mount points are made in them.
  sed -i -E "/^b'(\.|etc)' dir/s/mtime=[0-9]+ //" "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/seen"
  diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/seen" | head -n 40
  cmp -s "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/seen" || fail "the trees of $1 differ ('<' umoci, '>' ccocker)"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/seen")" -gt 200 ] || fail "the comparison saw too little"
}

@test "an OCI image is pulled as umoci unpacks it" { expect_same_tree oci; }
@test "a Docker schema 2 image is pulled as umoci unpacks it" { expect_same_tree docker; }
@test "zstd layers are pulled as umoci unpacks them" { expect_same_tree zstd; }
@test "uncompressed layers are pulled as umoci unpacks them" { expect_same_tree plain; }
@test "hard links, long and non-UTF-8 names, sparse files, devices, modes, owners, times and xattrs survive" { expect_same_tree odd; }
@test "whiteouts and opaque directories hide what is below" { expect_same_tree whiteouts; }

@test "sparse files stay sparse" {
  need_image odd
  try run --rm "$IMAGE" sh -c 'du -k /odd/sparse/file | cut -f1'
  exits 0
  [ "$output" -le 128 ] || fail "64 MB with one written page take $output KB"
}

@test "a file capability works for a user who is not root" {
  need_image odd
  try run --rm --user app "$IMAGE" sh -c 'grep CapEff: /proc/self/status; /odd/xattrs/grep CapEff: /proc/self/status'
  exits 0
  prints $'CapEff:\t0000000000000000\nCapEff:\t0000000000000400' # cap_net_bind_service
}

own_architecture() { uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/'; }

@test "of an index the machine's own platform is chosen" {
  need_image platforms
  try run --rm "$IMAGE" cat /etc/marker
  exits 0
  prints "$(own_architecture)"
}

@test "--platform chooses another image of an index, by variant too" {
  need_image platforms
  try pull -q --platform linux/arm64/v8 "$IMAGE"
  exits 0
  try images --format json
  exits 0
  id=$output
  try pull -q --platform linux/s390x "$IMAGE"
  exits 0
  try images --format json
  [ "$id" != "$output" ] || fail "another platform gave the same image"
}

# Everything that takes an image to run: in the foreground, in the background, and without starting it.
each_way() {  # run's options and words
  try run --rm --network none "$@"
  "judge_$judge"
  try run --rm -d --network none "$@"
  "judge_$judge"
  try create --network none "$@"
  "judge_$judge"
  [ "$status" != 0 ] || remove_last "$output"
}
remove_last() {
  try rm "$1"
  exits 0
}
judge_mismatch() {
  [ "$status" = 125 ] || { [ "$status" = 1 ] && [[ "$shown" == *" create "* ]]; } || fail "expected 125, or 1 of create"
  explains "image with reference $IMAGE was found but does not match the specified platform: wanted $wanted, actual: linux/$(own_architecture)"
}
judge_here() { exits 0; }

@test "an image that has no other platform is refused by run, run -d and create with what was wanted and what there is" {
  need_image shared-a
  local own=linux/$(own_architecture)
  judge=mismatch wanted=linux/s390x
  try rmi "$IMAGE"
  each_way --platform $wanted "$IMAGE" true # once fetched, then here
  each_way --platform $wanted "$IMAGE" true
  each_way --pull never --platform $wanted "$IMAGE" true
  judge=here
  each_way --platform $own "$IMAGE" true
  [ $own != linux/amd64 ] || each_way --platform linux/amd64/v2 "$IMAGE" true
  try rmi "$IMAGE"
  exits 0
}

@test "create takes an image of an older variant than the one asked for, fetched or here" {
  need_image arm-v6
  for round in fetched here; do
    try create --platform linux/arm/v7 --network none "$IMAGE"
    exits 0
    remove_last "$output"
  done
  try create --platform linux/arm/v5 --network none "$IMAGE"
  exits 1
  explains "wanted linux/arm/v5, actual: linux/arm/v6"
  try rmi "$IMAGE"
  exits 0
}

@test "the built-in image is for this machine alone" {
  try run --rm --platform linux/s390x builtin/busybox true
  exits 125
  explains "builtin/busybox" "wanted linux/s390x"
}

@test "a pull says what it pulls, also when the image is up to date" {
  need_image base
  local digest
  try rmi -f "$IMAGE"
  try pull "$IMAGE"
  exits 0
  digest=$(grep '^Digest: sha256:' <<<"$output")
  same "$(head -n 1 <<<"$stderr")" "1: Pulling from ${IMAGE%:1}"
  try pull "$IMAGE"
  exits 0
  prints "$(printf '%s\n' "1: Pulling from ${IMAGE%:1}" "$digest" "Status: Image is up to date for $IMAGE" "$IMAGE")"
  quiet
}

@test "an image can be pulled by digest, and by tag and digest" {
  need_image base
  digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$IMAGE")
  try pull -q "$REGISTRY/base@$digest"
  exits 0
  try run --rm "$REGISTRY/base@$digest" echo by digest
  exits 0
  prints "by digest"
  try pull -q "$REGISTRY/base:1@$digest"
  exits 0
}

# bats test_tags=long
@test "a 1 GB image of the host's own files is pulled whole" {
  need_image big
  LIMIT_S=300 try pull -q "$IMAGE"
  exits 0
  local pair
  start_container --rm "$IMAGE" /bin/busybox sleep 1000
  # The layers came straight from the host, so the host is what to compare with.
  sort "$E2E"/images/big/list.* | while read -r directory; do
    "$PYTHON" "$TOOLS/tree.py" "/$directory" >"$BATS_TEST_TMPDIR/expected"
    "$PYTHON" "$TOOLS/tree.py" "/proc/$container_pid/root/$directory" >"$BATS_TEST_TMPDIR/seen"
    # A file with several hard links may have them outside the directories that were taken.
    sed -i -E 's/ same as .*//' "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/seen"
    cmp "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/seen" ||
      { diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/seen" | head -n 20; echo "$directory" >>"$BATS_TEST_TMPDIR/different"; }
  done
  stop_container
  [ ! -e "$BATS_TEST_TMPDIR/different" ] || fail "different: $(cat "$BATS_TEST_TMPDIR/different")"
  try rmi "$IMAGE"
  exits 0
}
