# Published ports, the default route and the world's names go with a container from network to network: through its
# first one that leads out, nowhere when there is none.
load lib
load net

prepare_file() {
  make_machines
  "$CCOCKER" network create --ipv6 --subnet 10.81.0.0/24 one >/dev/null
  "$CCOCKER" network create --ipv6 --subnet 10.82.0.0/24 two >/dev/null
  "$CCOCKER" network create --subnet 10.83.0.0/24 --internal inner >/dev/null
}

teardown() {
  local id
  for id in $("$CCOCKER" ps -aq); do "$CCOCKER" rm -f "$id" >/dev/null; done
}

# web NAME ARGS...: a web server whose /name is its own.
web() {
  local name=$1
  shift
  "$CCOCKER" run -d --name "$name" "$@" builtin/busybox sh -c "$(web_server "echo $name >/www/name")" >/dev/null || fail "$name did not start"
}
# named WHERE ADDRESS: who answers there.
named() { "$1" curl -sgf -m 5 "http://$2/name"; }
says_name() { [ "$(named "$1" "$2")" = "$3" ]; }
closed() { ! "$1" curl -sg -m 5 -o /dev/null "http://$2/name"; }
listening() { machine ss -Hltun "sport = :$1"; }

@test "a published port goes to the next network, and who gets the address of the first one gets none of its traffic" {
  web aa --network one --network two --ip 10.81.0.50 -p 8101:80
  eventually says_name outside "$HERE:8101" aa
  try network disconnect one aa
  exits 0
  quiet
  web bb --network one --ip 10.81.0.50
  eventually says_name machine 10.81.0.50:80 bb
  for i in 1 2 3; do
    same "$(named machine 127.0.0.1:8101)" aa
    same "$(named outside "$HERE:8101")" aa
  done
  same "$(seen outside "$HERE:8101")" "seen $THERE"
  same "$("$CCOCKER" exec aa ip route | grep '^default' | cut -d' ' -f2-5)" 'via 10.82.0.1 dev eth1'
  same "$("$CCOCKER" exec aa ip -6 route | grep '^default' | cut -d' ' -f4-5)" 'dev eth1'
  same "$(seen outside "[$HERE6]:8101")" "seen $THERE6"
}

@test "without a network left the port is closed, and free for others; a connect opens it again" {
  web aa --network one --ip 10.81.0.51 -p 8102:80 -p 127.0.0.1:8103:81/udp
  eventually says_name outside "$HERE:8102" aa
  "$CCOCKER" network disconnect one aa
  closed machine 127.0.0.1:8102
  closed outside "$HERE:8102"
  same "$(listening 8102)$(listening 8103)" ""
  same "$("$CCOCKER" port aa)" ""
  same "$("$CCOCKER" ps --format '{{.Ports}}')" ""
  ! machine nft list ruleset | grep -q 8102 || fail "rules are left"
  web bb --network one --ip 10.81.0.51
  eventually says_name machine 10.81.0.51:80 bb
  closed machine 127.0.0.1:8102
  "$CCOCKER" network connect two aa
  eventually says_name machine 127.0.0.1:8102 aa
  eventually says_name outside "$HERE:8102" aa
  same "$(seen outside "$HERE:8102")" "seen $THERE"
  try port aa
  shows '^80/tcp -> 0.0.0.0:8102$'
  shows '^81/udp -> 127.0.0.1:8103$'
  ! "$CCOCKER" exec bb sh -c 'grep -q . /proc/net/udp' || [ -n "$(listening 8103)" ] || fail "8103/udp is not bound"
}

@test "a port that was taken meanwhile: the connect says so, and leaves nothing" {
  web aa --network one -p 8104:80
  "$CCOCKER" network disconnect one aa
  web bb --network one -p 8104:80
  try network connect two aa
  exits 1
  explains '8104/tcp' 'in use'
  same "$("$CCOCKER" exec aa sh -c 'cd /sys/class/net && echo *')" lo
  same "$(ls -A "$CCOCKER_STATE/networks/two" 2>/dev/null | grep -v '^\.last$')" ""
  eventually says_name machine 127.0.0.1:8104 bb
  "$CCOCKER" rm -f bb >/dev/null
  "$CCOCKER" network connect two aa
  eventually says_name machine 127.0.0.1:8104 aa
}

# Sends datagrams from one socket to ADDRESS; once $BATS_TEST_TMPDIR/moved is there either none of twenty is to be answered
# (GOOD 0), or one within half a minute (GOOD 1).
udp_client() {  # WHERE ADDRESS PORT GOOD
  "$1" "$PYTHON" - "${@:2}" "$BATS_TEST_TMPDIR" <<'PY'
import os, socket, sys, time
address, port, good, dir = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.2)
s.connect((address, int(port)))
tries = answers_after = 0
end = None
while end is None or (not answers_after and time.monotonic() < end if good == "1" else tries < 20):
    moved = os.path.exists(dir + "/moved")
    if moved and end is None: end = time.monotonic() + 30
    tries += moved
    answered = False
    try:
        s.send(b"hello")
        s.recv(100)
        answered = True
    except OSError:
        time.sleep(0.02)
    if answered and not moved: open(dir + "/answered", "w")
    answers_after += answered and moved
sys.exit(0 if (answers_after > 0) == (good == "1") else f"{answers_after} answers after the move")
PY
}

echo_server() {  # NAME ADDRESS ARGS...
  cp "$TOOLS/udp_echo.py" "$BATS_TEST_TMPDIR/"
  "$CCOCKER" run -d --name "$1" --network one ${2:+--ip "$2"} "${@:3}" -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v "$BATS_TEST_TMPDIR:/t:ro" \
    builtin/busybox "$PYTHON" /t/udp_echo.py 5353 >/dev/null || fail "$1 did not start"
}
echoes() { machine bash -c 'exec 3<>"/dev/udp/$0/5353"; echo hello >&3; read -r -t 1 -N 5 answer <&3 && [ "$answer" = hello ]' "$1" 2>/dev/null; }

# The client goes on while "${@:5}" happens to aa.
exchange_beside() {  # WHERE ADDRESS PORT GOOD COMMAND...
  udp_client "${@:1:4}" 3>&- &
  local client=$!
  answered() { [ -e "$BATS_TEST_TMPDIR/answered" ]; }
  eventually answered
  "${@:5}"
  touch "$BATS_TEST_TMPDIR/moved"
  wait $client
}

# Then bb has the address that aa had.
bb_for_aa() {
  "$CCOCKER" network disconnect one aa
  echo_server bb 10.81.0.52
  eventually echoes 10.81.0.52
}

@test "UDP from the host: an exchange that goes on when the container has left reaches nobody else" {
  echo_server aa 10.81.0.52 -p 8105:5353/udp
  exchange_beside machine 127.0.0.1 8105 0 bb_for_aa
}

@test "UDP from another machine: an exchange that goes on when the container has left reaches nobody else" {
  echo_server aa 10.81.0.52 -p 8105:5353/udp
  exchange_beside outside "$HERE" 8105 0 bb_for_aa
}

@test "UDP: an exchange goes on with the container on its next network" {
  echo_server aa 10.81.0.52 -p 8105:5353/udp --network two
  exchange_beside machine 127.0.0.1 8105 1 "$CCOCKER" network disconnect one aa
  rm "$BATS_TEST_TMPDIR/moved" "$BATS_TEST_TMPDIR/answered"
  "$CCOCKER" network connect one aa
  exchange_beside outside "$HERE" 8105 1 "$CCOCKER" network disconnect two aa
}

@test "UDP from another machine: an exchange goes on with a container that was restarted and has another address" {
  echo_server aa "" -p 8105:5353/udp
  exchange_beside outside "$HERE" 8105 1 "$CCOCKER" restart -t 0 aa
}

@test "on an internal network nothing is published" {
  web aa --network inner -p 8106:80
  "$CCOCKER" exec aa true
  same "$(listening 8106)" ""
  same "$("$CCOCKER" port aa)" ""
  closed machine 127.0.0.1:8106
}

@test "an internal network first: the way out is the second one, for routes, ports and names" {
  serve_outside "$THERE:8011"
  web aa --network inner --network two -p 8107:80
  eventually says_name outside "$HERE:8107" aa
  same "$(seen outside "$HERE:8107")" "seen $THERE"
  "$CCOCKER" exec aa ip route | grep -q '^default via 10.82.0.1 ' || fail "no default route"
  "$CCOCKER" exec aa wget -q -O - "http://$THERE:8011/cgi-bin/who" | grep -q "seen $HERE" || fail "it does not reach the other machine"
  "$CCOCKER" network disconnect two aa
  same "$(listening 8107)" ""
  same "$("$CCOCKER" exec aa ip route | grep -c default)" 0
  "$CCOCKER" network connect one aa
  eventually says_name outside "$HERE:8107" aa
  "$CCOCKER" exec aa ip route | grep -q '^default via 10.81.0.1 ' || fail "no default route"
}

@test "started without a network, with a published port: loopback is on, and a connect brings port and names" {
  "$CCOCKER" create --name aa --network one -p 8108:80 builtin/busybox sh -c "$(web_server 'echo aa >/www/name')" >/dev/null
  "$CCOCKER" network disconnect one aa
  try start aa
  exits 0
  quiet
  "$CCOCKER" exec aa ping -c 1 -W 5 127.0.0.1 >/dev/null || fail "no loopback"
  same "$(listening 8108)" ""
  web bb --network two
  "$CCOCKER" network connect two aa
  eventually says_name machine 127.0.0.1:8108 aa
  "$CCOCKER" exec aa ping -c 1 -W 5 bb >/dev/null || fail "no names"
}

@test "the ports that are shown are those of now, after a restart by policy without a network, too" {
  "$CCOCKER" run -d --name aa --restart always --network one -p 8109:80 builtin/busybox sh -c 'rm -f /end; until [ -e /end ]; do sleep 0.1; done' >/dev/null
  "$CCOCKER" network disconnect one aa
  "$CCOCKER" network connect inner aa
  "$CCOCKER" exec aa touch /end
  restarted() { [ "$("$CCOCKER" inspect -f '{{.RestartCount}} {{.State.Status}}' aa)" = "1 running" ]; }
  eventually restarted
  same "$("$CCOCKER" port aa)$(listening 8109)" ""
  "$CCOCKER" network connect two aa
  same "$("$CCOCKER" port aa 80 | head -n 1)" 0.0.0.0:8109
}

@test "a supervisor that is stopped: disconnect says that the ports cannot follow, and nothing has changed" {
  web aa --network one --network two -p 8110:80
  eventually says_name machine 127.0.0.1:8110 aa
  supervisor=$(ps -o ppid= -p "$("$CCOCKER" inspect -f '{{.State.Pid}}' aa)" | tr -d ' ')
  kill -STOP "$supervisor"
  try network disconnect one aa
  kill -CONT "$supervisor"
  exits 1
  explains 'does not answer' 'published ports'
  same "$("$CCOCKER" exec aa sh -c 'cd /sys/class/net && echo *')" "eth0 eth1 lo"
  "$CCOCKER" network disconnect one aa
  same "$(named machine 127.0.0.1:8110)" aa
}

supervisor_of() { ps -o ppid= -p "$("$CCOCKER" inspect -f '{{.State.Pid}}' "$1")" | tr -d ' '; }

@test "a supervisor that goes on after a connect has given up leads nothing to the address that was given back" {
  web aa --network one -p 8111:80
  "$CCOCKER" network disconnect one aa
  supervisor=$(supervisor_of aa)
  kill -STOP "$supervisor"
  try network connect --ip 10.82.0.60 two aa
  kill -CONT "$supervisor"
  exits 1
  explains 'does not answer'
  web bb --network two --ip 10.82.0.60
  eventually says_name machine 10.82.0.60:80 bb
  closed machine 127.0.0.1:8111
  same "$(listening 8111)" ""
  "$CCOCKER" network connect two aa
  eventually says_name machine 127.0.0.1:8111 aa
}

@test "where the list of ports cannot be written they move all the same, and it is said" {
  web aa --network one --network two -p 8113:80
  eventually says_name machine 127.0.0.1:8113 aa
  ports=$CCOCKER_STATE/containers/$("$CCOCKER" inspect -f '{{.Id}}' aa)/ports
  rm "$ports"
  mkdir "$ports"
  "$CCOCKER" network disconnect one aa
  rmdir "$ports"
  same "$(named machine 127.0.0.1:8113)" aa
  "$CCOCKER" logs aa 2>&1 | grep -q "^ccocker: what 'ccocker port' shows .* not up to date" || fail "not said"
}

@test "a link that the container has switched off does not keep it on another network" {
  web aa --network one --network two --cap-add NET_ADMIN
  "$CCOCKER" exec aa ip link set eth0 down
  try network disconnect two aa
  exits 0
  quiet
}

@test "a disconnect killed when the ports have moved: whichever network is left next, they follow" {
  need strace
  web aa --network one --network two -p 8112:80
  eventually says_name machine 127.0.0.1:8112 aa
  # The first setns is nsenter's own, the second is for the default route.
  run timeout 60 strace -o /dev/null -e inject=setns:signal=KILL:when=2 nsenter --net="/run/netns/$MACHINE" "$REAL_CCOCKER" network disconnect one aa
  same "$status" 137
  "$CCOCKER" network disconnect two aa
  same "$(named machine 127.0.0.1:8112)" aa
  same "$(named outside "$HERE:8112")" aa
  same "$("$CCOCKER" exec aa ip route | grep '^default' | cut -d' ' -f2-5)" 'via 10.81.0.1 dev eth0'
}
