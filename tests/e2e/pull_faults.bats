# A registry that breaks off, stalls, refuses and lies: either the pull gets over it, or one sentence and nothing stored.
load lib

prepare_file() { start_faulty_registry; }

setup() {
  start_faulty_registry
  # A layer that one test left behind would be taken for the next one's.
  "$CCOCKER" images -q | sort -u | xargs -r "$CCOCKER" rmi -f >/dev/null
}

# Images left in the store after a failure, and files of theirs.
expect_nothing_stored() {
  try images -q
  exits 0
  prints ""
  local left
  left=$(find "$CCOCKER_ROOT" -type f -size +64k 2>/dev/null | grep -v builtin | head)
  [ -z "$left" ] || fail "files are left: $left"
}

pulls() {  # FAULT: it works in spite of the fault, and the image runs
  LIMIT_S=${LIMIT_S:-90} try pull "$FAULTY/$1/app:1"
  exits 0
  try run --rm --pull never "$FAULTY/$1/app:1" /bin/busybox sha256sum /noise
  exits 0
  shows "^$("$PYTHON" -c 'import hashlib, random; print(hashlib.sha256(random.Random(1).randbytes(300_000)).hexdigest())')"
  try rmi "$FAULTY/$1/app:1"
  exits 0
}

refuses() {  # FAULT PATTERN...: one sentence that names the image's registry and matches the patterns
  local fault=$1
  shift
  LIMIT_S=${LIMIT_S:-90} try pull "$FAULTY/$fault/app:1"
  exits 1
  explains "$FAULTY/$fault/app" "$@"
  expect_nothing_stored
}

requests() { grep -c -- "$1" "$E2E/faulty.requests" || true; }

@test "a download that breaks off is resumed where it stopped" {
  pulls truncate-once
  same "$(requests 'truncate-once/app/blobs/.*range=bytes=[1-9]')" 1
}
@test "a download that is reset is resumed" { pulls reset-once; }
@test "a download that breaks off again and again is resumed again and again" { pulls truncate-often; }
@test "a registry that cannot do ranges is asked for the whole again" { pulls truncate-no-range; }
@test "a registry that answers another range than was asked is not believed" {
  LIMIT_S=90 try pull "$FAULTY/lie-range/app:1"
  [ "$status" = 0 ] && { try run --rm "$FAULTY/lie-range/app:1" /bin/busybox true; exits 0; try rmi "$FAULTY/lie-range/app:1"; return; }
  exits 1
  explains "$FAULTY/lie-range/app"
  expect_nothing_stored
}
@test "a slow registry is waited for" { pulls slow; }
@test "a config whose type an old registry guessed is one" { pulls config-guessed; }
@test "an index that offers another platform by sha512 serves this one, and says why it does not serve that one" {
  pulls index-sha512
  try pull --platform linux/s390x "$FAULTY/index-sha512/app:1"
  exits 1
  explains "linux/s390x" "sha512"
}
# bats test_tags=long
@test "a download that stalls is taken up again" { LIMIT_S=180 pulls stall-once; }
@test "429 with Retry-After is waited out" { pulls retry-429; }
@test "503 with Retry-After is waited out" { pulls retry-503; }

# bats test_tags=long
@test "a download that always breaks off ends in a sentence" { LIMIT_S=180 refuses truncate-always; }
# bats test_tags=long
@test "connections that are always reset end in a sentence" { LIMIT_S=180 refuses reset-always; }
@test "a connection that closes before any answer ends in a sentence" { LIMIT_S=180 refuses close; }

@test "401" { refuses status-401 "401|unauthorized|login"; }
@test "403" { refuses status-403 "403|denied|forbidden"; }
@test "404" { refuses status-404 "404|not found|no such"; }
@test "an unknown tag" { refuses no-tag "not found|unknown|no such|does not"; }
# bats test_tags=long
@test "429 for ever" { LIMIT_S=180 refuses status-429 "429|too many"; }
# bats test_tags=long
@test "500" { LIMIT_S=180 refuses status-500 "500"; }
# bats test_tags=long
@test "503" { LIMIT_S=180 refuses status-503 "503|unavailable"; }
@test "a blob that is not there" { refuses blob-404 "sha256:" "404|not found"; }
@test "a blob that is forbidden" { refuses blob-403 "403|denied|forbidden"; }

@test "a web page instead of a manifest" { refuses html "manifest|text/html|json"; }
@test "a manifest that is not JSON" { refuses not-json "manifest|json"; }
@test "a manifest of a million brackets" { refuses deep-json; }
@test "a manifest of 64 MB" { refuses huge-manifest "bytes|large|big"; }
@test "schema 1 is refused by name" { refuses schema1 "schema ?1"; }
@test "a layer smaller than the manifest says" { refuses lie-size-big "sha256:"; }
@test "a layer larger than the manifest says" { refuses lie-size-small "sha256:"; }
@test "a layer with another digest" { refuses lie-digest "digest|sha256"; }
@test "a config with another digest" { refuses lie-config-digest "digest|sha256"; }
@test "a layer with another DiffID" { refuses lie-diff-id "diff"; }
@test "a config that is not JSON" { refuses config-not-json "config"; }
@test "a config of a million brackets" { refuses config-deep "config" "nested"; }
@test "a config with another number of layers than the manifest" { refuses config-diff-ids "layers|diff"; }
@test "an index without a matching platform names what there is" { refuses no-platform "linux/s390x" "windows/amd64"; }
@test "a layer of an unknown type is told by its content, or refused by name" {
  try pull "$FAULTY/unknown-layer-type/app:1"
  [ "$status" = 0 ] && { try run --rm "$FAULTY/unknown-layer-type/app:1" /bin/busybox true; exits 0; return; }
  exits 1
  explains "vnd.example.floppy"
  expect_nothing_stored
}
@test "a digest that is a path" { refuses bad-digest-form "digest"; }
@test "a negative size" { refuses negative-size "size"; }
@test "a manifest without layers" { refuses no-layers-field "layers"; }

@test "a manifest with another digest than the one asked for" {
  asked=sha256:$(printf '%064d' 7)
  try pull "$FAULTY/lie-manifest-digest/app@$asked"
  exits 1
  explains "digest" "$asked"
  expect_nothing_stored
}

@test "a layer that is not gzip" { refuses not-gzip "sha256:" "gzip"; }
@test "a layer whose gzip stream ends early" { refuses gzip-cut "sha256:" "gzip|truncated|ends|unexpected"; }
@test "a layer whose gzip checksum is wrong" { refuses gzip-crc "sha256:" "crc|checksum|gzip"; }
@test "a layer whose tar ends inside a file" { refuses tar-cut "sha256:" "tar|truncated|ends"; }
@test "a layer that is no tar" { refuses tar-garbage "sha256:" "tar|archive|format"; }

@test "nobody at the port: the message names it" {
  port=$(free_port)
  try pull "127.0.0.1:$port/app:1"
  exits 1
  explains "127.0.0.1:$port" "refused"
}

@test "a host that no DNS knows: the message names it" {
  try pull "nosuchhost.invalid/app:1"
  exits 1
  explains "nosuchhost.invalid" "resolve|DNS|name"
}

@test "no DNS at all" {
  printf 'nameserver 127.0.0.9\n' >"$BATS_TEST_TMPDIR/resolv.conf"
  run --separate-stderr unshare --mount --propagation private sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' \
    "$BATS_TEST_TMPDIR/resolv.conf" timeout 90 "$CCOCKER" pull registry.example.com/app:1
  exits 1
  explains "registry.example.com" "resolve|DNS|name"
}

@test "run of an image that cannot be pulled exits with 125" {
  try run --rm "$FAULTY/status-404/app:1" true
  exits 125
  explains "$FAULTY/status-404/app"
}
