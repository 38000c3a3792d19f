# Networks people make: create, ls, inspect, rm, prune, connect, disconnect; isolated from each other.
load lib
load net

teardown() {
  end_many
  "$CCOCKER" network prune -f >/dev/null
}

@test "a wide IPv6 route of the host (a VPN's) is in no network's way" {
  machine ip -6 route add unreachable fd00::/8 metric 5000
  "$CCOCKER" network create --ipv6 wide
  for network in wide bridge; do
    try run --rm --network $network builtin/busybox ip -o -6 addr show eth0 scope global
    exits 0
    shows ' fd'
  done
  # As after a reboot: the record is there, the bridges are not.
  local before link
  before=$("$CCOCKER" network inspect -f '{{.Subnet}}' bridge wide)
  for link in $(machine ip -o link show type bridge | awk -F': ' '{ print $2 }'); do machine ip link del "$link"; done
  for network in wide bridge; do
    try run --rm --network $network builtin/busybox true
    exits 0
  done
  same "$("$CCOCKER" network inspect -f '{{.Subnet}}' bridge wide)" "$before"
  machine ip -6 route del unreachable fd00::/8 metric 5000
}

@test "create, ls, inspect, rm" {
  try network create --subnet 10.77.0.0/24 --gateway 10.77.0.9 --label a=b front
  exits 0
  shows '^[0-9a-f]{64}$'
  try network ls --filter type=builtin --format '{{.Name}}'
  prints "$(printf 'bridge\nhost\nnone')"
  try network ls -q --filter name=host
  shows '^[0-9a-f]{12}$'
  try network inspect -f '{{.Name}}' "$output"
  prints host
  try network ls -f type=custom -f dangling=true --format '{{.Name}}'
  prints front
  try network ls -f dangling=maybe
  exits 1
  explains "dangling=true or false"
  try network ls
  shows '^NETWORK ID +NAME +DRIVER +SCOPE$'
  shows '^[0-9a-f]{12} +front +bridge +local$'
  shows ' host +host +local$'
  shows ' none +null +local$'
  try network inspect front
  shows '"Subnet": "10.77.0.0/24"'
  shows '"Gateway": "10.77.0.9"'
  shows '"a": "b"'
  try network inspect -f '{{.Subnet}} {{.Gateway}}' front
  prints '10.77.0.0/24 10.77.0.9'
  try run --rm --network front builtin/busybox sh -c 'ip -o -4 addr show eth0; ip route'
  shows 'inet 10\.77\.0\.1/24'
  shows 'default via 10\.77\.0\.9'
  try network rm front
  prints front
  try network inspect front
  exits 1
  explains 'front'
}

@test "two networks never share a bridge" {
  "$CCOCKER" network create -o com.docker.network.bridge.name=ccshared one >/dev/null
  try network create -o com.docker.network.bridge.name=ccshared two
  exits 1
  explains "network one has the bridge ccshared already"
}

@test "networks are isolated from each other, in both directions" {
  "$CCOCKER" network create one >/dev/null
  "$CCOCKER" network create two >/dev/null
  run_in_background --rm --name aa --network one builtin/busybox sleep 1000
  run_in_background --rm --name bb --network two builtin/busybox sleep 1000
  address() { "$CCOCKER" exec "$1" ip -o -4 addr show eth0 | sed -E 's/.*inet ([0-9.]+).*/\1/'; }
  a=$(address aa) b=$(address bb)
  ! "$CCOCKER" exec aa ping -c 1 -W 2 "$b" >/dev/null || fail "one reaches two"
  ! "$CCOCKER" exec bb ping -c 1 -W 2 "$a" >/dev/null || fail "two reaches one"
  "$CCOCKER" exec aa ping -c 1 -W 5 "$(address aa)" >/dev/null
}

@test "a container on two networks reaches both, by name" {
  "$CCOCKER" network create one >/dev/null
  "$CCOCKER" network create two >/dev/null
  run_in_background --rm --name aa --network one builtin/busybox sleep 1000
  run_in_background --rm --name bb --network two builtin/busybox sleep 1000
  try run --rm --network one --network two builtin/busybox sh -c 'ping -c 1 -W 5 aa >/dev/null && ping -c 1 -W 5 bb >/dev/null && ls /sys/class/net | tr "\n" " "'
  exits 0
  shows '^eth0 eth1 lo'
}

@test "connect and disconnect of a running container" {
  "$CCOCKER" network create one >/dev/null
  run_in_background --rm --name aa --network one builtin/busybox sleep 1000
  run_in_background --rm --name bb builtin/busybox sleep 1000
  ! "$CCOCKER" exec bb ping -c 1 -W 2 aa >/dev/null 2>&1 || fail "before it was connected"
  try network connect --alias bee one bb
  exits 0
  "$CCOCKER" exec bb ping -c 1 -W 5 aa >/dev/null || fail "after it was connected"
  "$CCOCKER" exec aa ping -c 1 -W 5 bee >/dev/null || fail "by alias"
  try network connect one bb
  exits 1
  explains 'already' 'one'
  try network rm one
  exits 1
  explains 'in use'
  try network disconnect bridge bb
  exits 0
  "$CCOCKER" exec bb ip route | grep -q '^default' || fail "no default route after the first network was left"
  try network disconnect one bb
  exits 0
  same "$("$CCOCKER" exec bb sh -c 'ls /sys/class/net')" lo
  try network disconnect one bb
  exits 1
  explains 'not on network one'
}

@test "a container that ended is off its network, although somebody holds its namespace: the next one has the address" {
  "$CCOCKER" network create --subnet 10.77.0.0/24 -o com.docker.network.bridge.name=ccheld held >/dev/null
  "$CCOCKER" run -d --name old --network held --ip 10.77.0.7 builtin/busybox sleep 1000 >/dev/null
  nsenter --net="/proc/$("$CCOCKER" inspect -f '{{.State.Pid}}' old)/ns/net" busybox ping 10.77.0.1 >/dev/null 2>&1 3>&- &
  local holder=$!
  echo $holder >>"$BATS_FILE_TMPDIR/servers"
  known() { machine ip neigh show 10.77.0.7 | grep -q lladdr; }
  eventually known
  "$CCOCKER" rm -f old >/dev/null
  same "$(machine ip -o link show master ccheld)" ""
  run_in_background --rm --network held --ip 10.77.0.7 builtin/busybox sh -c "$(web_server)"
  eventually answers machine curl -sgf -m 5 -o /dev/null http://10.77.0.7/cgi-bin/who
  for i in 1 2 3 4 5 6; do same "$(seen machine 10.77.0.7:80)" "seen 10.77.0.1"; done
  kill -0 "$holder" || fail "the namespace was not held"
  kill "$holder"
}

@test "an internal network has no way out and none in" {
  serve_outside "$THERE:8010"
  "$CCOCKER" network create --internal inner >/dev/null
  run_in_background --rm --name aa --network inner builtin/busybox sleep 1000
  try run --rm --network inner builtin/busybox sh -c "ping -c 1 -W 5 aa >/dev/null && echo peer; ip route | grep default; timeout 3 wget -q -O - http://$THERE:8010/cgi-bin/who"
  [ "$status" != 0 ] || fail "it got out"
  prints peer
}

@test "--ipv6 gives addresses of a chosen range" {
  "$CCOCKER" network create --ipv6 --subnet fd00:77::/64 --subnet 10.78.0.0/24 six >/dev/null
  try run --rm --network six builtin/busybox ip -o addr show eth0
  shows 'inet6 fd00:77::a4e:2/64'
  try run --rm --network six --ip6 fd00:77::1234 builtin/busybox ip -o addr show eth0
  shows 'inet6 fd00:77::1234/64'
}

@test "prune takes what nobody uses, and only that" {
  "$CCOCKER" network create used >/dev/null
  "$CCOCKER" network create unused >/dev/null
  run_in_background --rm --network used builtin/busybox sleep 1000
  try network prune -f
  exits 0
  prints $'Deleted Networks:\nunused'
  "$CCOCKER" network inspect used >/dev/null
}

# Both with a /run of their own, so that nobody else waits for what is locked there.
@test "a user of the host who locks /run does not keep networks from being made" {
  locked() {
    setpriv --reuid 65534 --regid 65534 --clear-groups flock /run sleep 20 3>&- &
    sleep 0.5
    timeout 10 "$REAL_CCOCKER" network create unlocked
    local code=$?
    kill $!
    [ $code = 0 ] && [ "$(stat -c '%a %u' /run/ccocker.lock)" = "600 0" ]
  }
  export -f locked
  nsenter --net="/run/netns/$MACHINE" unshare --mount --propagation private bash -c 'mount -t tmpfs -o mode=755 none /run && locked' || fail "not made"
  "$CCOCKER" network rm unlocked
}

# bats test_tags=long
@test "whoever waits too long for others that change networks says for what" {
  LIMIT_S=60
  shown="network create with the lock held"
  run --separate-stderr timeout 60 nsenter --net="/run/netns/$MACHINE" unshare --mount --propagation private \
    sh -c 'mount -t tmpfs -o mode=755 none /run && flock /run/ccocker.lock "$0" network create never' "$REAL_CCOCKER"
  exits 1
  explains '/run/ccocker.lock' '30 seconds' 'try again'
  try network inspect never
  exits 1
}

@test "an IPv6 range that the host has come to use meanwhile is a conflict that is said" {
  "$CCOCKER" network create --ipv6 --subnet fd00:79::/64 --subnet 10.79.0.0/24 six6 >/dev/null
  machine ip -6 route add fd00:79:0:0:1::/80 via "$THERE6"
  try run --rm --network six6 builtin/busybox true
  machine ip -6 route del fd00:79:0:0:1::/80 via "$THERE6"
  exits 125
  explains 'network six6' 'fd00:79::/64 is in use on this host'
  try run --rm --network six6 builtin/busybox true
  exits 0
  "$CCOCKER" network rm six6
}
