# What must not pass, and who must not be believed: forged senders, links that were closed, routers and resolvers in
# containers. A third machine is on another link of the first one.
load lib
load net

prepare_file() {
  make_machines
  "$CCOCKER" network prune -f
  export FAR=ccnet-f-$$
  ip netns add "$FAR"
  machine ip link add side type veth peer name side netns "$FAR"
  machine ip addr add 198.19.1.1/24 dev side
  far ip addr add 198.19.1.2/24 dev side
  machine ip link set side up
  far ip link set side up
  far ip route add default via 198.19.1.1
  machine sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv6/conf/all/forwarding; echo 2 >/proc/sys/net/ipv6/conf/default/accept_ra'
  "$CCOCKER" run --rm builtin/busybox true
  serve_outside "$THERE:8000"
}

far() { nsenter --net="/run/netns/$FAR" "$@"; }
finish_file() {
  "$CCOCKER" network prune -f
  ip netns del "$FAR"
  remove_machines
}
teardown() { end_many; }

@test "forwarding is for containers: between links that were closed nothing passes" {
  same "$(machine cat /proc/sys/net/ipv4/ip_forward)" 1
  outside ip route replace 198.19.1.0/24 via "$HERE"
  answers machine ping -c 1 -W 5 198.19.1.2 || fail "the first machine does not reach the far one"
  ! answers far ping -c 2 -W 1 "$THERE" || fail "the host leads from one of its links to another"
  try run --rm builtin/busybox sh -c "ping -c 1 -W 5 198.19.1.2 && wget -q -O - http://$THERE:8000/cgi-bin/who"
  exits 0
  shows "^seen $HERE$"
  # A link that comes later is somebody else's business.
  far ip link add late type veth peer name late netns "$MACHINE"
  machine ip addr add 198.19.2.1/24 dev late
  far ip addr add 198.19.2.2/24 dev late
  machine ip link set late up
  far ip link set late up
  outside ip route replace 198.19.2.0/24 via "$HERE"
  far ip route replace "$THERE" via 198.19.2.1 src 198.19.2.2
  answers far ping -c 3 -W 5 -I 198.19.2.2 "$THERE" || fail "what was never closed does not pass"
  machine ip link del late
}

@test "a packet that claims to come from a container goes nowhere" {
  need python3
  run_in_background --rm --name victim builtin/busybox sleep 1000
  local address mac
  address=$("$CCOCKER" inspect -f '{{.NetworkSettings.IPAddress}}' victim)
  mac=$(machine cat /sys/class/net/uplink/address)
  cat >"$BATS_TEST_TMPDIR/forge.py" <<'P'
import socket, struct, sys, threading
sender, here, mac, seconds = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3].replace(":", "")), float(sys.argv[4])
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.bind((here, 6002))
heard.settimeout(seconds)
if sender != "listen":
    def checksum(data):
        total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
        while total >> 16: total = (total & 0xffff) + (total >> 16)
        return ~total & 0xffff
    udp = struct.pack("!HHHH", 9999, 6002, 8 + 6, 0) + b"forged"
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, socket.inet_aton(sender), socket.inet_aton(here))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind(("uplink", 0))
    raw.send(mac + raw.getsockname()[4] + b"\x08\x00" + head + udp)
try:
    print("heard", heard.recvfrom(100)[0].decode())
except socket.timeout:
    print("nothing")
P
  same "$(outside python3 "$BATS_TEST_TMPDIR/forge.py" "$address" "$THERE" "$mac" 2)" nothing
  # The same from the container itself arrives.
  outside python3 "$BATS_TEST_TMPDIR/forge.py" listen "$THERE" "$mac" 30 >"$BATS_TEST_TMPDIR/heard" 3>&- &
  local listener=$!
  eventually outside sh -c "ss -Hlun 'sport = :6002' | grep -q ."
  "$CCOCKER" exec victim sh -c "echo honest | nc -u -w 1 $THERE 6002" || true
  wait $listener
  same "$(cat "$BATS_TEST_TMPDIR/heard")" "heard honest"
}

@test "no process of a container takes the place of its resolver" {
  need python3
  run_in_background --rm --name asking builtin/busybox sleep 1000
  cat >"$BATS_TEST_TMPDIR/take.py" <<'P'
import os, socket
os.setgid(33); os.setuid(33)
for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
    thief = socket.socket(socket.AF_INET, kind)
    thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        thief.bind(("127.0.0.11", 53))
        if kind == socket.SOCK_STREAM: thief.listen(1)
        print("taken")
    except OSError as error:
        print(error.strerror)
P
  same "$(nsenter -t "$container_pid" -n python3 "$BATS_TEST_TMPDIR/take.py")" "$(printf 'Address already in use\nAddress already in use')"
  try exec asking nslookup -type=a asking
  exits 0
}

@test "router advertisements of containers are believed by nobody" {
  local bridge
  bridge=$("$CCOCKER" network inspect -f '{{index .Options "com.docker.network.bridge.name"}}' bridge)
  same "$(machine cat "/proc/sys/net/ipv6/conf/$bridge/accept_ra")" 0
  try run --rm builtin/busybox cat /proc/sys/net/ipv6/conf/eth0/accept_ra
  prints 0
  try network create --ipv6 six
  exits 0
  run_in_background --rm --name joining builtin/busybox sleep 1000
  try network connect six joining
  exits 0
  same "$("$CCOCKER" exec joining cat /proc/sys/net/ipv6/conf/eth1/accept_ra)" 0
  end_many
  eventually "$CCOCKER" network rm six
}

@test "forwarding that was switched off comes back with the next container, which says so" {
  machine sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
  try run --rm builtin/busybox wget -q -O - "http://$THERE:8000/cgi-bin/who"
  prints "seen $HERE"
  says "net.ipv4.ip_forward=1"
  try run --rm builtin/busybox true
  quiet
}
