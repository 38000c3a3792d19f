# A machine of its own for the network tests, and another one on its uplink: two network namespaces with a link between
# them. ccocker runs inside the first, so that its bridges, rules and settings are not this host's, two suites run
# side by side, and a firewall policy can be tried out. Sourced after lib.bash.
export NET_NUMBER=${NET_NUMBER:-$(($$ % 200 + 20))}  # each test is a process of its own

machine() { nsenter --net="/run/netns/$MACHINE" "$@"; }
outside() { nsenter --net="/run/netns/$OUTSIDE" "$@"; }

# What a file does first and last unless it has its own.
prepare_file() { make_machines; }
finish_file() {
  "$CCOCKER" network prune -f
  same "$(machine ip -o link | grep -c ccocker)" 0
  eventually no_rule_tables  # the kernel takes those of a killed supervisor away in its own time
  remove_machines
}

make_machines() {
  export MACHINE=ccnet-m-$$ OUTSIDE=ccnet-o-$$ HERE=198.18.$NET_NUMBER.1 THERE=198.18.$NET_NUMBER.2
  export HERE6=fd00:cc:$NET_NUMBER::1 THERE6=fd00:cc:$NET_NUMBER::2
  ip netns add "$MACHINE"
  ip netns add "$OUTSIDE"
  machine ip link set lo up
  outside ip link set lo up
  machine ip link add uplink type veth peer name uplink netns "$OUTSIDE"
  machine ip addr add "$HERE/24" dev uplink
  machine ip addr add "$HERE6/64" dev uplink nodad
  outside ip addr add "$THERE/24" dev uplink
  outside ip addr add "$THERE6/64" dev uplink nodad
  machine ip link set uplink up
  outside ip link set uplink up
  machine ip route add default via "$THERE"
  machine ip -6 route add default via "$THERE6"
  # ccocker of this file is the real one, on that machine.
  export REAL_CCOCKER=$CCOCKER
  mkdir -p "$BATS_FILE_TMPDIR/bin"
  printf '#!/bin/sh\nexec nsenter --net=/run/netns/%s %s "$@"\n' "$MACHINE" "$CCOCKER" >"$BATS_FILE_TMPDIR/bin/ccocker"
  chmod 755 "$BATS_FILE_TMPDIR/bin/ccocker"
  export CCOCKER=$BATS_FILE_TMPDIR/bin/ccocker
  machine sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'
  # Switches forwarding on, which is said once.
  "$CCOCKER" run --rm builtin/busybox true 2>"$BATS_FILE_TMPDIR/first-notice" || { cat "$BATS_FILE_TMPDIR/first-notice" >&2; return 1; }
}

remove_machines() {
  local pid
  for pid in $(cat "$BATS_FILE_TMPDIR/servers" 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
  ip netns del "$MACHINE" 2>/dev/null || true
  ip netns del "$OUTSIDE" 2>/dev/null || true
}

# A web server on the other machine at $1 (ADDRESS:PORT): /who says whom it sees.
serve_outside() {
  local dir=$BATS_FILE_TMPDIR/outside-www
  mkdir -p "$dir/cgi-bin"
  printf '#!/bin/sh\necho; echo "seen $REMOTE_ADDR"\n' >"$dir/cgi-bin/who"
  chmod 755 "$dir/cgi-bin/who"
  nsenter --net="/run/netns/$OUTSIDE" busybox httpd -f -p "$1" -h "$dir" >/dev/null 2>&1 3>&- &
  echo $! >>"$BATS_FILE_TMPDIR/servers"
  eventually outside curl -sgf -m 5 -o /dev/null "http://$1/cgi-bin/who"
}

# What a container runs to be a web server on port 80 that tells whom it sees; $1 is more to do first.
web_server() {
  echo "mkdir -p /www/cgi-bin; printf '#!/bin/sh\necho; echo \"seen \$REMOTE_ADDR\"\n' >/www/cgi-bin/who; chmod 755 /www/cgi-bin/who; ${1:-:}; exec httpd -f -p ${2:-80} -h /www"
}

# seen WHERE ADDRESS:PORT: whom a web_server sees when it is asked from there; an IPv4 address as such.
seen() { "$1" curl -sgf -m 5 "http://$2/cgi-bin/who" | sed -E 's/\[(::ffff:)?(.*)\]/\2/'; }

answers() { "$@" >/dev/null 2>&1; }

# run_many: containers in the background, each with its own supervisor; ended by end_many.
supervisors=()
run_in_background() {
  start_container "$@"
  supervisors+=("$supervisor:$container_pid")
}
end_many() {
  local pair
  for pair in "${supervisors[@]}"; do
    kill -KILL "${pair#*:}" 2>/dev/null || true
    wait "${pair%:*}" 2>/dev/null || true
  done
  supervisors=()
}

links_are() { [ "$(container_links)" = "$1" ]; }  # for eventually: those of a dead namespace go in their own time
container_links() { machine ip -o link 2>/dev/null | grep -c ' vcc' || true; }
no_links() { links_are 0; }
no_rule_tables() { [ "$(rule_tables)" = 0 ]; }
rule_tables() { machine nft list tables | grep -c ccocker || true; }
