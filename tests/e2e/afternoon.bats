# An afternoon with Docker: the commands of afternoon.commands give the exit codes and the essential output that Docker gives.
# afternoon.recorded is what Docker gave. To record again, with an engine at DOCKER_HOST that holds nothing:
#   AFTERNOON_RECORD=1 bats tests/e2e/afternoon.bats
load lib

HERE=$E2E_SOURCE
LIMIT_S=120

prepare_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  need_image base
  make_busybox --root "$PWD/other-root" --state "$PWD/other-state"
}

make_busybox() {  # OPTIONS: the files of the built-in image as an image of its own
  "$CCOCKER" "$@" create --name files --network none builtin/busybox >/dev/null &&
    "$CCOCKER" "$@" export files -o files.tar &&
    "$CCOCKER" "$@" import -c 'CMD ["sh"]' files.tar busybox:1 >/dev/null &&
    "$CCOCKER" "$@" save busybox:1 -o busybox.tar &&
    "$CCOCKER" "$@" rm files >/dev/null
}

teardown() {
  "$CCOCKER" ps -aq | xargs -r "$CCOCKER" rm -fv >/dev/null
}

# An engine that answers and holds nothing of anybody's: the afternoon prunes.
empty_engine() {
  command -v docker >/dev/null || skip "docker is not installed"
  timeout 10 docker version >/dev/null 2>&1 || skip "no Docker engine answers"
  [ -z "$(docker ps -aq; docker images -aq; docker volume ls -q; docker network ls -q --filter type=custom)" ] ||
    skip "the Docker engine is somebody's: it holds containers, images, volumes or networks"
}

afternoon_with() {  # PROGRAM: leaves what it gave in $given
  given=$BATS_TEST_TMPDIR/given
  mkdir "$BATS_TEST_TMPDIR/work"
  cp "$BATS_FILE_TMPDIR/busybox.tar" "$BATS_TEST_TMPDIR/work/"
  "$TOOLS/afternoon.py" "$HERE/afternoon.commands" "$1" "$BATS_TEST_TMPDIR/work" >"$given"
}

@test "ccocker gives what Docker gave in an afternoon of commands" {
  afternoon_with "$CCOCKER"
  run "$TOOLS/afternoon.py" --compare "$HERE/afternoon.commands" "$HERE/afternoon.recorded" "$given"
  echo "$output"
  exits 0
}

@test "Docker itself still gives what was recorded" {
  empty_engine
  afternoon_with "$(command -v docker)"
  [ -z "${AFTERNOON_RECORD:-}" ] || cp "$given" "$HERE/afternoon.recorded"
  grep -v '^# differs' "$HERE/afternoon.commands" >"$BATS_TEST_TMPDIR/commands"
  run "$TOOLS/afternoon.py" --compare "$BATS_TEST_TMPDIR/commands" "$HERE/afternoon.recorded" "$given"
  echo "$output"
  exits 0
}
