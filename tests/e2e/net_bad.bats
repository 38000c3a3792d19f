# What cannot be: one sentence each, the right exit code, nothing half-made.
load lib
load net

refused() {  # CODE WORDS... -- ARGS...
  local code=$1 words=()
  shift
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  try "$@"
  exits "$code"
  prints ""
  explains "${words[@]}"
}

teardown() {
  eventually no_links
  same "$("$CCOCKER" ps -aq)" ""
}

@test "malformed -p and --expose" {
  for value in abc 0 65536 80: 1:2:3 8-7:1 80/icmp 300.1.1.1:80:80 80:80:80:80 1-3:1-2; do
    refused 125 "--publish" "${value%%/*}" -- run --rm -p "$value" builtin/busybox true
  done
  refused 125 "--expose" -- run --rm --expose 80:80 builtin/busybox true
  refused 125 "192.0.2.99" "not one of this host" -- run --rm -p 192.0.2.99:80:80 builtin/busybox true
}

@test "addresses outside, taken, or the network's own; flags that do not go together" {
  refused 125 "10.1.1.1" "not in the network's range" -- run --rm --ip 10.1.1.1 builtin/busybox true
  refused 125 "172.29.0.1" "gateway" -- run --rm --ip 172.29.0.1 builtin/busybox true
  refused 125 "172.29.255.255" -- run --rm --ip 172.29.255.255 builtin/busybox true
  refused 125 "--ip" -- run --rm --ip nonsense builtin/busybox true
  refused 125 "--mac-address" -- run --rm --mac-address 1:2:3 builtin/busybox true
  refused 125 "--publish" "none" -- run --rm --network none -p 80 builtin/busybox true
  refused 125 "--hostname" "container:x" -- run --rm --network container:x --hostname y builtin/busybox true
  start_container --rm --ip 172.29.0.9 builtin/busybox sleep 1000
  refused 125 "172.29.0.9" "taken" -- run --rm --ip 172.29.0.9 builtin/busybox true
  stop_container
}

@test "IPv6 addresses outside, taken, or the network's own" {
  "$CCOCKER" network create --subnet 10.78.0.0/24 --subnet fd00:78::/64 six >/dev/null
  six() { run_in_background --rm --network six "$@" builtin/busybox sleep 1000; }
  refused 125 "fd00:79::5" "not in a range of network six" -- run --rm --network six --ip6 fd00:79::5 builtin/busybox true
  refused 125 "fd00:78::1" "gateway" -- run --rm --network six --ip6 fd00:78::1 builtin/busybox true
  refused 125 "fd00:78::" "the network's own" -- run --rm --network six --ip6 fd00:78:: builtin/busybox true
  six --ip6 fd00:78::a4e:3  # what 10.78.0.3 would be given
  refused 125 "fd00:78::a4e:3" "taken" -- run --rm --network six --ip6 fd00:78:0::a4e:3 builtin/busybox true
  six
  same "$("$CCOCKER" network inspect six | grep -c '"IPv6Address"')" 2
  same "$("$CCOCKER" network inspect six | grep '"IPv6Address"' | sort -u | wc -l)" 2
  address=$(nsenter --net="/proc/$container_pid/ns/net" ip -o -6 addr show eth0 scope global | sed -E 's/.*inet6 ([0-9a-f:]+).*/\1/')
  refused 125 "$address" "taken" -- run --rm --network six --ip6 "$address" builtin/busybox true
  end_many
  try run --rm --network six --ip6 fd00:78::a4e:3 builtin/busybox echo free
  prints free
  "$CCOCKER" network rm six
}

@test "unknown networks and containers" {
  refused 125 "moon" "network create" -- run --rm --network moon builtin/busybox true
  refused 125 "moon" -- run --rm --network container:moon builtin/busybox true
  try network inspect moon
  exits 1
  prints '[]'
  explains "moon"
  refused 1 "moon" -- network rm moon
  refused 1 "nobody" -- network connect bridge nobody
  refused 1 "nobody" -- port nobody
  refused 1 "default" "cannot be removed" -- network rm bridge
}

@test "networks that cannot be made" {
  refused 1 "--subnet" -- network create --subnet 10.0.0.0 x
  refused 1 "--subnet" -- network create --subnet 10.0.0.0/31 x
  refused 1 "--gateway" -- network create --subnet 10.66.0.0/24 --gateway 10.67.0.1 x
  refused 1 "198.18.$NET_NUMBER.0/24" "in use on this host" "uplink" -- network create --subnet "198.18.$NET_NUMBER.0/24" x
  refused 1 "172.29.0.0/16" "overlaps the network bridge" -- network create --subnet 172.29.0.0/16 x
  refused 1 "named host" -- network create host
  refused 1 "--name" -- network create 'a/b'
  refused 1 "uplink" "already" -- network create -o com.docker.network.bridge.name=uplink x
  "$CCOCKER" network create x >/dev/null
  refused 1 "named x already" -- network create x
  "$CCOCKER" network rm x >/dev/null
}

@test "a link that took a made network's name" {
  "$CCOCKER" network create -o com.docker.network.bridge.name=ccockerx taken >/dev/null
  machine ip link add ccockerx type veth peer name otherx
  refused 125 "ccockerx" "not ours" -- run --rm --network taken builtin/busybox true
  machine ip link del ccockerx
  "$CCOCKER" network rm taken
}

@test "every address taken" {
  "$CCOCKER" network create --subnet 10.79.0.0/30 tiny >/dev/null
  start_container --rm --network tiny builtin/busybox sleep 1000
  refused 125 "every address of 10.79.0.0/30 is taken" -- run --rm --network tiny builtin/busybox true
  stop_container
  "$CCOCKER" network rm tiny
}

@test "without CAP_NET_ADMIN" {
  need setpriv
  run --separate-stderr nsenter --net="/run/netns/$MACHINE" setpriv --bounding-set -net_admin --inh-caps -net_admin "$REAL_CCOCKER" run --rm builtin/busybox true
  shown="run without CAP_NET_ADMIN"
  exits 125
  explains "Operation not permitted" "CAP_NET_ADMIN"
}

@test "a kernel without nftables: a sentence, and nothing half-made" {
  without() { run --separate-stderr nsenter --net="/run/netns/$MACHINE" "$PYTHON" tests/e2e/tools/without_netfilter.py "$REAL_CCOCKER" "$@"; }
  "$CCOCKER" network prune -f
  shown="a command without nftables"
  without run --rm builtin/busybox true
  exits 125
  explains "nftables" "--network"
  without run --rm -p 127.0.0.1::80 builtin/busybox true
  exits 125
  same "$(machine ip -o link show type bridge)" ""
  for network in none host; do
    without run --rm --network $network builtin/busybox echo fine
    prints fine
  done
}

@test "without libnftables, a network that stands is used, and a new one is a sentence with the package" {
  "$CCOCKER" run --rm builtin/busybox true
  library=$(ldconfig -p | awk '/libnftables\.so\.1/ { print $NF; exit }')
  hidden() { unshare -m --propagation private sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$library" "$CCOCKER" "$@"; }
  run --separate-stderr hidden run --rm builtin/busybox echo fine
  prints fine
  "$CCOCKER" network prune -f
  run --separate-stderr hidden run --rm builtin/busybox true
  exits 125
  explains "libnftables.so.1" "libnftables1"
}
