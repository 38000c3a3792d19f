# Published ports: from another machine, from the host, from other containers; TCP and UDP, IPv4 and IPv6.
load lib
load net

teardown() {
  end_many
  "$CCOCKER" rm -f apart >/dev/null 2>&1 || true
}

web() { run_in_background --rm --name web "$@" builtin/busybox sh -c "$(web_server)"; }

@test "another machine reaches a published port, and the server sees the client's own address" {
  web -p 8080:80
  eventually answers outside curl -sgf -m 5 -o /dev/null "http://$HERE:8080/cgi-bin/who"
  same "$(seen outside "$HERE:8080")" "seen $THERE"
  same "$(seen outside "[$HERE6]:8080")" "seen $THERE6"
}

@test "the host reaches it on 127.0.0.1, ::1 and its own address, a container on the host's address" {
  web -p 8081:80
  for host in 127.0.0.1 '[::1]' "$HERE" "[$HERE6]" 172.29.0.1; do
    eventually answers machine curl -sgf -m 5 -o /dev/null "http://$host:8081/cgi-bin/who"
  done
  try run --rm builtin/busybox timeout 5 wget -q -O - "http://$HERE:8081/cgi-bin/who"
  exits 0
  shows '^seen '
  "$CCOCKER" exec web timeout 5 wget -q -O /dev/null "http://$HERE:8081/cgi-bin/who" || fail "not from the container itself"
}

@test "a port published on 127.0.0.1 is never reached from outside" {
  web -p 127.0.0.1:8082:80
  eventually answers machine curl -sgf -m 5 -o /dev/null http://127.0.0.1:8082/cgi-bin/who
  run outside curl -sgf -m 3 "http://$HERE:8082/cgi-bin/who"
  [ "$status" != 0 ] || fail "reached: $output"
  run machine nft list ruleset
  hides '8082'
  # A neighbour that sends to 127.0.0.1 itself, to a host that lets that in (kube-proxy's does).
  machine sh -c 'echo 1 >/proc/sys/net/ipv4/conf/uplink/route_localnet'
  outside sh -c "echo 1 >/proc/sys/net/ipv4/conf/uplink/route_localnet; ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via $HERE src $THERE"
  nsenter --net="/run/netns/$MACHINE" busybox httpd -f -p 127.0.0.1:8079 -h "$TOOLS" >/dev/null 2>&1 3>&- &
  echo $! >>"$BATS_FILE_TMPDIR/servers"
  eventually answers outside curl -sgf -m 2 -o /dev/null http://127.0.0.1:8079/udp_echo.py
  run outside curl -sgf -m 3 http://127.0.0.1:8082/cgi-bin/who
  machine sh -c 'echo 0 >/proc/sys/net/ipv4/conf/uplink/route_localnet'
  outside sh -c "ip route del 127.0.0.1; ip addr add 127.0.0.1/8 dev lo"
  [ "$status" != 0 ] || fail "reached on 127.0.0.1: $output"
}

@test "a port published on one address answers there only" {
  machine ip addr add "198.18.$NET_NUMBER.77/24" dev uplink
  web -p "198.18.$NET_NUMBER.77:8083:80"
  eventually answers outside curl -sgf -m 5 -o /dev/null "http://198.18.$NET_NUMBER.77:8083/cgi-bin/who"
  same "$(seen outside "198.18.$NET_NUMBER.77:8083")" "seen $THERE"
  run outside curl -sgf -m 3 "http://$HERE:8083/cgi-bin/who"
  machine ip addr del "198.18.$NET_NUMBER.77/24" dev uplink
  [ "$status" != 0 ] || fail "reached: $output"
}

@test "100 MB through a published port, from outside and from the host, arrive whole" {
  run_in_background --rm --name web -p 8084:80 builtin/busybox sh -c "$(web_server 'head -c 104857600 /dev/urandom >/www/big; sha256sum /www/big >/www/sum')"
  LIMIT_S=120
  eventually answers machine curl -sgf -m 5 -o /dev/null http://127.0.0.1:8084/sum
  sum=$(machine curl -sgf -m 100 http://127.0.0.1:8084/sum | cut -d' ' -f1)
  same "$(outside curl -sgf -m 100 "http://$HERE:8084/big" | sha256sum | cut -d' ' -f1)" "$sum"
  same "$(machine curl -sgf -m 100 http://127.0.0.1:8084/big | sha256sum | cut -d' ' -f1)" "$sum"
}

@test "a hundred megabytes into a container, and both ends see the end" {
  run_in_background --rm --name sink -p 8085:9 builtin/busybox sh -c 'nc -l -p 9 | sha256sum; echo done'
  head -c 104857600 /dev/urandom >"$BATS_TEST_TMPDIR/big"
  listens() { "$CCOCKER" exec sink sh -c 'netstat -ltn | grep -q ":9 "'; }
  eventually listens
  machine "$PYTHON" - "$BATS_TEST_TMPDIR/big" <<'PY'
import socket, sys
s = socket.create_connection(("127.0.0.1", 8085))
with open(sys.argv[1], "rb") as f: s.sendfile(f)
s.shutdown(socket.SHUT_WR)
s.recv(1)
PY
  finished() { grep -q done "$BATS_TEST_TMPDIR/background.out"; }
  eventually finished
  grep -q "$(sha256sum <"$BATS_TEST_TMPDIR/big" | cut -d' ' -f1)" "$BATS_TEST_TMPDIR/background.out" || fail "$(cat "$BATS_TEST_TMPDIR/background.out")"
}

udp_echo() {  # HOST PORT: sends one datagram, prints the answer
  "$PYTHON" - "$1" "$2" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect((sys.argv[1], int(sys.argv[2])))
for _ in range(10):
    s.send(b"hello")
    try:
        print(s.recv(100).decode()); break
    except OSError: pass
PY
}
export PYTHON
export -f udp_echo

@test "UDP: from another machine and from the host, the answer comes from the address that was asked" {
  # A name server is the datagram service that busybox has: its own resolver asks it.
  cp "$TOOLS/udp_echo.py" "$BATS_TEST_TMPDIR/"
  run_in_background --rm --name echo -p 8086:5353/udp -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v "$BATS_TEST_TMPDIR:/t:ro" builtin/busybox \
    "$PYTHON" /t/udp_echo.py 5353
  eventually answers outside bash -c "udp_echo $HERE 8086 | grep hello"
  same "$(outside bash -c "udp_echo $HERE 8086")" "hello from $THERE"
  same "$(machine bash -c 'udp_echo 127.0.0.1 8086' | cut -d' ' -f1)" hello
  same "$(machine bash -c "udp_echo $HERE 8086" | cut -d' ' -f1)" hello
  same "$(machine bash -c 'udp_echo ::1 8086' | cut -d' ' -f1)" hello
}

@test "port, ps and -P show what is published" {
  web -p 8087:80 -p 127.0.0.1:9001:91/udp -p 8100-8102:100-102
  eventually answers "$CCOCKER" port web 80/tcp  # its supervisor may hear later than we that it runs
  try port web
  shows '^80/tcp -> 0.0.0.0:8087$'
  shows '^80/tcp -> \[::\]:8087$'
  shows '^91/udp -> 127.0.0.1:9001$'
  try port web 80
  prints $'0.0.0.0:8087\n[::]:8087'
  try port web 91/udp
  prints 127.0.0.1:9001
  try port web 81
  exits 1
  explains "81/tcp" "web"
  try ps --format '{{.Ports}}'
  prints '0.0.0.0:8087->80/tcp, 0.0.0.0:8100-8102->100-102/tcp, 127.0.0.1:9001->91/udp, [::]:8087->80/tcp, [::]:8100-8102->100-102/tcp'
  run_in_background --rm --name auto --expose 80 -P builtin/busybox sh -c "$(web_server)"
  eventually answers "$CCOCKER" port auto 80
  port=$("$CCOCKER" port auto 80 | head -n 1)
  eventually answers machine curl -sgf -m 5 -o /dev/null "http://127.0.0.1:${port##*:}/cgi-bin/who"
}

@test "a port in use is an error before the container starts; of a range the next one is taken" {
  web -p 8088:80
  try run --name second -p 8088:80 builtin/busybox echo started
  exits 125
  prints ""
  explains "8088/tcp" "in use"
  "$CCOCKER" rm -f second >/dev/null
  run_in_background --rm --name third -p 8088-8090:80 builtin/busybox sh -c "$(web_server)"
  eventually answers "$CCOCKER" port third 80
  try port third 80
  shows '0.0.0.0:8089'
}

@test "rules and listeners end with the container, also after SIGKILL" {
  web -p 8089:80
  eventually answers outside curl -sgf -m 5 -o /dev/null "http://$HERE:8089/cgi-bin/who"
  kill -KILL "$supervisor"
  wait "$supervisor" 2>/dev/null || true
  no_rules() { ! machine nft list ruleset | grep -q 8089; }
  eventually no_rules
  run machine curl -sgf -m 3 -o /dev/null http://127.0.0.1:8089/
  [ "$status" != 0 ] || fail "still answered"
  supervisors=()
  try ps -a
  exits 0
}

@test "a server under the load of 50 clients for ten seconds: no connection fails" {
  web -p 8091:80
  eventually answers machine curl -sgf -m 5 -o /dev/null http://127.0.0.1:8091/cgi-bin/who
  "$CCOCKER" exec web sh -c 'echo page >/www/page'
  run machine "$PYTHON" "$TOOLS/http_load.py" 127.0.0.1 8091 /page 50 10
  shown="load: $output"
  [ "$status" = 0 ] || fail "connections failed"
  run outside "$PYTHON" "$TOOLS/http_load.py" "$HERE" 8091 /page 50 10
  shown="load from outside: $output"
  [ "$status" = 0 ] || fail "connections failed"
}

# python CONTAINER-ARGS -- TOOL ARGS: a container that runs one of the tests' tools.
python() {
  local args=()
  while [ "$1" != -- ]; do args+=("$1"); shift; done
  shift
  run_in_background --rm "${args[@]}" -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v "$TOOLS:/t:ro" builtin/busybox "$PYTHON" "/t/$1" "${@:2}"
}
echoes() { [ "$(machine "$PYTHON" "$TOOLS/tcp_hold.py" 127.0.0.1 "$1" 1 2>/dev/null)" = "1 answered" ]; }
limit_of() { awk '/Max open files/ { print $4, $5 }' "/proc/$1/limits"; }

@test "300 connections at once with a soft limit of 1024 descriptors; the container keeps the caller's limit, or has its own" {
  ulimit -Sn 1024
  hard=$(ulimit -Hn)
  python --name limited -p 127.0.0.1:8096:7 --health-cmd 'ulimit -Sn >/soft' --health-interval 100ms -- tcp_echo.py 7
  same "$(limit_of "$container_pid")" "1024 $hard"
  probed() { [ "$("$CCOCKER" exec limited cat /soft 2>/dev/null)" = 1024 ]; }
  eventually probed
  eventually echoes 8096
  same "$(machine "$PYTHON" "$TOOLS/tcp_hold.py" 127.0.0.1 8096 300)" "300 answered"
  run_in_background --rm --ulimit nofile=100:200 -p 127.0.0.1:8097:7 builtin/busybox sleep 1000
  same "$(limit_of "$container_pid")" "100 200"
}

@test "no descriptor left: connections wait for others to end, nothing spins, and it is said once" {
  need prlimit
  python -p 127.0.0.1:8096:7 -- tcp_echo.py 7
  eventually echoes 8096
  prlimit --nofile=$(($(ls "/proc/$supervisor/fd" | wc -l) + 40)) --pid "$supervisor"
  run machine "$PYTHON" "$TOOLS/tcp_hold.py" 127.0.0.1 8096 60 "$supervisor"
  shown="sixty connections"
  shows '^[1-9][0-9]* wait, idle$'
  shows '^60 answered$'
  same "$(grep -c 'connections to published ports wait' "$BATS_TEST_TMPDIR/background.err")" 1
}

@test "without streams of its own a supervisor says in the container's log what the user should know" {
  need prlimit
  "$CCOCKER" run -d --name apart -p 127.0.0.1:8096:7 -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v "$TOOLS:/t:ro" builtin/busybox \
    "$PYTHON" /t/tcp_echo.py 7 >/dev/null
  eventually echoes 8096
  supervisor=$(awk '/^PPid/ { print $2 }' "/proc/$("$CCOCKER" inspect -f '{{.State.Pid}}' apart)/status")
  prlimit --nofile=$(($(ls "/proc/$supervisor/fd" | wc -l) + 20)) --pid "$supervisor"
  run machine "$PYTHON" "$TOOLS/tcp_hold.py" 127.0.0.1 8096 30 "$supervisor"
  shows '^30 answered$'
  said() { [ "$("$CCOCKER" logs apart 2>&1 | grep -c '^ccocker: connections to published ports wait')" = 1 ]; }
  eventually said
}

@test "a range of 600 ports with a soft limit of 1024 descriptors" {
  ulimit -Sn 1024
  run_in_background --rm --name web -p 8200-8799:8200-8799 builtin/busybox sh -c "$(web_server : 8799)"
  eventually answers machine curl -sgf -m 5 -o /dev/null http://127.0.0.1:8799/cgi-bin/who
  same "$(seen outside "$HERE:8799")" "seen $THERE"
  same "$("$CCOCKER" port web | wc -l)" 1200
}

@test "more UDP clients one after another than are remembered at once are all served" {
  python -p 127.0.0.1:8098:5353/udp -- udp_echo.py 5353
  eventually answers machine bash -c 'udp_echo 127.0.0.1 8098 | grep hello'
  same "$(machine "$PYTHON" "$TOOLS/udp_many.py" 127.0.0.1 8098 1100)" "1100 of 1100 answered"
}

@test "a UDP client that never stops sending is answered by the next container at another address" {
  python --name first --ip 172.29.0.50 -p 8095:5353/udp -- udp_echo.py 5353 first
  nsenter --net="/run/netns/$OUTSIDE" "$PYTHON" "$TOOLS/udp_stream.py" "$HERE" 8095 >"$BATS_TEST_TMPDIR/stream" 2>&1 3>&- &
  echo $! >>"$BATS_FILE_TMPDIR/servers"
  answered_by() { grep -qx "hello from $THERE $1" "$BATS_TEST_TMPDIR/stream"; }
  eventually answered_by first
  end_many
  python --name second --ip 172.29.0.51 -p 8095:5353/udp -- udp_echo.py 5353 second
  eventually answered_by second
  kill -KILL "$supervisor"
  wait "$supervisor" 2>/dev/null || true
  supervisors=()
  port_is_free() { ! machine busybox netstat -lnu | grep -q ':8095 '; }  # the kernel closes a killed ring's files a little later
  eventually port_is_free
  python --name third --ip 172.29.0.52 -p 8095:5353/udp -- udp_echo.py 5353 third
  eventually answered_by third
}

@test "three thousand ports, of TCP and of UDP: other machines come by rules, and nothing is said" {
  run_in_background --rm --name web -p 20000-22999:20000-22999 -p 20000-22999:20000-22999/udp builtin/busybox sh -c "$(web_server : 22999)"
  eventually answers machine curl -sgf -m 5 -o /dev/null http://127.0.0.1:22999/cgi-bin/who
  same "$(seen outside "$HERE:22999")" "seen $THERE"
  same "$(seen outside "[$HERE6]:22999")" "seen $THERE6"
  same "$(cat "$BATS_TEST_TMPDIR/background.err")" ""
}

@test "where rules are refused other machines come by the proxy, and it is said" {
  "$CCOCKER" create --name apart -p 8126:80 builtin/busybox sh -c "$(web_server)" >/dev/null
  table=$(machine nft list tables | awk '$3 ~ /^ccocker/ { print $3; exit }')-$("$CCOCKER" inspect -f '{{.Id}}' apart | cut -c1-12)
  machine nft add table inet "$table"  # somebody else's
  try start apart
  machine nft delete table inet "$table"
  exits 0
  said() { "$CCOCKER" logs apart 2>&1 | grep -q '^ccocker: .*for want of rules: .*File exists'; }
  eventually said
  eventually answers outside curl -sgf -m 5 -o /dev/null "http://$HERE:8126/cgi-bin/who"
  [ "$(seen outside "$HERE:8126")" != "seen $THERE" ] || fail "it was led there by a rule"
}
