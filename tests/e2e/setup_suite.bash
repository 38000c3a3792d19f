# Runs once before the first file and once after the last: the real registry that every file pulls from.
setup_suite() {
  bats_require_minimum_version 1.5.0
  . "$BATS_TEST_DIRNAME/lib.bash" 2>/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
  [ -x "$CCOCKER" ] || { echo "no program at $CCOCKER: scripts/quickstart builds it" >&2; return 1; }
  [ "$(id -u)" = 0 ] || { echo "the end-to-end tests make containers: run them as root" >&2; return 1; }
  export E2E=$BATS_SUITE_TMPDIR/e2e
  mkdir -p "$E2E/images" "$E2E/pids"
  export REGISTRY
  switch_forwarding_on
  start_registry plain
  REGISTRY=$(cat "$E2E/plain.address")
}

teardown_suite() {
  . "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
  stop_servers
  restore_forwarding
}

# Containers of the default network switch these on, which would be said in the middle of a test. Suites that run side by
# side share the settings: the first keeps the old values, the last one puts them back.
FORWARDING=(/proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding)
FORWARDING_BEFORE=/dev/shm/ccocker-tests-forwarding

switch_forwarding_on() {
  exec 9</dev/shm
  flock -s 9
  [ -e "$FORWARDING_BEFORE" ] || cat "${FORWARDING[@]}" >"$FORWARDING_BEFORE"
  local setting
  for setting in "${FORWARDING[@]}"; do echo 1 >"$setting"; done
}

# The lock is let go in so many words: a process that a test left behind would keep it, and every suite after waiting.
restore_forwarding() {
  if flock -n -x 9; then
    local setting value
    for setting in "${FORWARDING[@]}"; do
      read -r value
      echo "$value" >"$setting"
    done <"$FORWARDING_BEFORE"
    rm -f "$FORWARDING_BEFORE"
  fi
  flock -u 9
}
