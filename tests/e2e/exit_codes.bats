# Docker's exit codes: the command's own, 125 ccocker, 126 cannot be run, 127 is not there, 128+n by signal.
load lib

box() { try run --rm builtin/busybox "$@"; }

@test "the command's own code" {
  for code in 0 1 2 42 125 126 127 128 255; do box sh -c "exit $code"; exits "$code"; done
}

@test "the command's own code, when our caller ignores the end of children" {
  code=0
  env --ignore-signal=CHLD "$CCOCKER" run --rm --network none builtin/busybox sh -c 'exit 3' || code=$?
  same "$code" 3
  env --ignore-signal=CHLD "$CCOCKER" run -d --name ignored --network none builtin/busybox sh -c 'exit 4' >/dev/null
  same "$(env --ignore-signal=CHLD "$CCOCKER" wait ignored)" 4
  "$CCOCKER" rm ignored >/dev/null
}

@test "128 + n for a command killed by a signal" {
  for signal in KILL:137 TERM:143 SEGV:139 ABRT:134; do
    box sh -c "sh -c 'kill -${signal%:*} \$\$'; exit \$?"
    exits "${signal#*:}"
    try run --rm --init builtin/busybox sh -c "kill -${signal%:*} \$\$"
    exits "${signal#*:}"
  done
}

@test "127: a command that does not exist" {
  box nosuchcommand
  exits 127
  explains "nosuchcommand" "not found|no such"
  box /no/such/path
  exits 127
  explains "/no/such/path"
}

@test "126: a directory, a file without x" {
  box /etc
  exits 126
  explains "/etc" "directory|permission"
  box /etc/passwd
  exits 126
  explains "/etc/passwd" "permission|execut"
}

# A file made on the host and mounted in as /script.
script() {
  printf "$1" >"$BATS_TEST_TMPDIR/script"
  chmod 755 "$BATS_TEST_TMPDIR/script"
  try run --rm -v "$BATS_TEST_TMPDIR/script:/script:ro" builtin/busybox /script
}

@test "a missing interpreter is named, not the script alone" {
  script '#!/no/such/interpreter\necho x\n'
  exits 127
  explains "/script" "/no/such/interpreter"
}

@test "a script with CRLF line ends is recognised" {
  script '#!/bin/sh\r\necho x\r\n'
  [ "$status" = 127 ] || [ "$status" = 126 ] || fail "expected exit code 126 or 127"
  explains "/script" "CRLF|carriage return|line ending|\\\\r"
}

@test "a script without a first line" {
  script 'echo x\n'
  exits 126
  explains "/script" "#!|format"
}

@test "a binary of another architecture is named" {
  # An ELF header for s390x (big endian, machine 22); for AArch64 on s390x the test would need another.
  "$PYTHON" -c 'import struct, sys
sys.stdout.buffer.write(b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HHIQQQIHHHHHH", 2, 22, 1, 0x1000, 64, 0, 0, 64, 56, 1, 0, 0, 0) + bytes(200))' >"$BATS_TEST_TMPDIR/binary"
  chmod 755 "$BATS_TEST_TMPDIR/binary"
  try run --rm -v "$BATS_TEST_TMPDIR/binary:/binary:ro" builtin/busybox /binary
  exits 126
  explains "/binary" "s390|architecture|format"
}

@test "a dynamic program whose loader is missing says which" {
  cp /bin/true "$BATS_TEST_TMPDIR/dynamic"
  try run --rm -v "$BATS_TEST_TMPDIR/dynamic:/dynamic:ro" builtin/busybox /dynamic
  exits 127
  explains "/dynamic" "ld-linux|ld-"
}

@test "an empty file" {
  script ''
  exits 126
  explains "/script"
}

@test "exec has the same codes" {
  start_container --rm --name codes builtin/busybox sleep 1000
  for code in 0 3 255; do try exec codes sh -c "exit $code"; exits "$code"; done
  try exec codes sh -c 'kill -9 $$'
  exits 137
  try exec codes nosuchcommand
  exits 127
  explains "nosuchcommand"
  try exec codes /etc
  exits 126
  stop_container
  try exec codes true
  [ "$status" != 0 ] || fail "exec into a dead container succeeded"
  explains "codes"
}

@test "1, as Docker has it: an unknown command and a wrong number of words" {
  try run
  exits 1
  try exec box
  exits 1
  try nosuchcommand
  exits 1
}

@test "125: what ccocker itself refuses" {
  try run --nosuchflag builtin/busybox true
  exits 125
  explains "nosuchflag"
  try run --memory lots builtin/busybox true
  exits 125
  explains "lots"
  try run 'UPPER/Case' true
  exits 125
  explains "UPPER/Case"
}
