# Layers that try to reach the host, or to fill it.
load lib

# What the layers try to reach, which are the faulty registry's: each suite has its own.
evil=$OUT_OF_ROOT-evil victim=$OUT_OF_ROOT-victim victims=$OUT_OF_ROOT-victims

prepare_file() {
  start_faulty_registry
  sha256sum /etc/passwd /etc/shadow >"$BATS_FILE_TMPDIR/host.sums"
}

setup() {
  start_faulty_registry
  rm -rf "$evil" "$victim" "$victims"
  mkdir "$victims"
  touch "$victim" "$victims/a"
}

teardown() { rm -rf "$evil" "$victim" "$victims"; }

expect_host_untouched() {
  sha256sum --quiet -c "$BATS_FILE_TMPDIR/host.sums" || fail "the host's own files changed"
  [ ! -e "$evil" ] && [ ! -L "$evil" ] || fail "a file was written outside"
  [ -e "$victim" ] && [ -e "$victims/a" ] || fail "a whiteout removed a file of the host"
}

# The layer is refused with a sentence, or its entry lands inside the image's own root; the host sees nothing of it.
stays_inside() {
  try pull "$FAULTY/$1/app:1"
  expect_host_untouched
  case $status in
  0) run_it "$1" ;;
  1) explains "$FAULTY/$1/app" "sha256:" ;;
  *) fail "expected exit code 0 or 1" ;;
  esac
}

run_it() {
  try run --rm "$FAULTY/$1/app:1" /bin/busybox sh -c 'cat /stolen /etc/shadow 2>/dev/null; echo ran'
  exits 0
  prints ran
  expect_host_untouched
  try rmi "$FAULTY/$1/app:1"
  exits 0
}

refuses_entry() {  # FAULT PATTERN...
  local fault=$1
  shift
  try pull "$FAULTY/$fault/app:1"
  exits 1
  explains "$FAULTY/$fault/app" "sha256:" "$@"
  expect_host_untouched
  try images -q
  prints ""
}

@test "../../etc/passwd is refused" { refuses_entry escape-dotdot "\.\./"; }
@test "an absolute name lands inside" { stays_inside escape-absolute; }
@test "a file below a symlink to the host's /tmp" { stays_inside escape-symlink; }
@test "a file below a symlink of many .." { stays_inside escape-symlink-dotdot; }
@test "a file over a symlink to the host" { stays_inside escape-final-symlink; }
@test "a hard link to the host's /etc/shadow" { stays_inside escape-hardlink; }
@test "a hard link to ../../etc/shadow" { refuses_entry escape-hardlink-dotdot; }
@test "a hard link through a symlink to the host's /etc" { stays_inside escape-hardlink-symlink; }
@test "a whiteout below a symlink to the host" { stays_inside escape-whiteout; }
@test "a whiteout of ../../tmp/file" { refuses_entry escape-whiteout-dotdot; }
@test "an opaque mark below a symlink to the host" { stays_inside escape-opaque; }

# bats test_tags=long
@test "a bomb of 32 GiB in 33 MB is refused before it fills the disk" {
  LIMIT_S=600 try pull "$FAULTY/bomb/app:1"
  exits 1
  explains "$FAULTY/bomb/app" "sha256:"
  left=$(du -sk "$CCOCKER_ROOT" | cut -f1)
  [ "$left" -lt 20000 ] || fail "$left KB are left in the store"
}

# bats test_tags=long
@test "a layer of two million entries is refused, and what it made is removed" {
  LIMIT_S=900 try pull "$FAULTY/entries/app:1"
  exits 1
  explains "$FAULTY/entries/app" "sha256:" "entries"
  left=$(find "$CCOCKER_ROOT" | wc -l)
  [ "$left" -lt 1000 ] || fail "$left files are left in the store"
}
