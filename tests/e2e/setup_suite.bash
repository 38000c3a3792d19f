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
  bridges >"$E2E/bridges-before"
  start_registry plain
  REGISTRY=$(cat "$E2E/plain.address")
}

teardown_suite() {
  . "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
  stop_servers
  remove_idle_bridges
  restore_forwarding
}

bridges() { ip -o link show type bridge | awk -F': ' '$2 ~ /^ccocker/ { print $2 }'; }

# Bridges and rules of roots that are gone themselves: those on file systems that a test made and took away. One that a
# suite beside this one does not use right now is made again by its next start.
remove_idle_bridges() {
  local bridge mark
  for bridge in $(bridges | grep -vxFf "$E2E/bridges-before"); do
    [ -z "$(ls "/sys/class/net/$bridge/brif")" ] || continue
    mark=$(cat "/sys/class/net/$bridge/ifalias")
    ip link del "$bridge"
    nft delete table inet "$mark"
  done 2>/dev/null
  return 0
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

restore_forwarding() {
  flock -n -x 9 || return 0
  local setting value
  for setting in "${FORWARDING[@]}"; do
    read -r value
    echo "$value" >"$setting"
  done <"$FORWARDING_BEFORE"
  rm -f "$FORWARDING_BEFORE"
}
