# Runs once before the first file and once after the last: the real registry that every file pulls from.
setup_suite() {
  bats_require_minimum_version 1.5.0
  . "$BATS_TEST_DIRNAME/lib.bash" 2>/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
  [ -x "$CCOCKER" ] || { echo "no program at $CCOCKER: scripts/quickstart builds it" >&2; return 1; }
  [ "$(id -u)" = 0 ] || { echo "the end-to-end tests make containers: run them as root" >&2; return 1; }
  export E2E=$BATS_SUITE_TMPDIR/e2e
  mkdir -p "$E2E/images" "$E2E/pids"
  export REGISTRY
  # Containers of the default network switch these on, which would be said in the middle of a test.
  for setting in net/ipv4/ip_forward net/ipv6/conf/all/forwarding; do
    cat "/proc/sys/$setting" >"$E2E/$(basename "$(dirname "$setting")").forward" 2>/dev/null || continue
    echo 1 >"/proc/sys/$setting"
  done
  start_registry plain
  REGISTRY=$(cat "$E2E/plain.address")
}

teardown_suite() {
  . "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
  stop_servers
  # Another suite beside this one may still need them.
  [ -z "$(ip -o link show group 52236 2>/dev/null)" ] || return 0
  [ ! -e "$E2E/ipv4.forward" ] || cat "$E2E/ipv4.forward" >/proc/sys/net/ipv4/ip_forward
  [ ! -e "$E2E/all.forward" ] || cat "$E2E/all.forward" >/proc/sys/net/ipv6/conf/all/forwarding
}
