# Containers find each other by name, and everything else through the host's name servers.
load lib
load net

prepare_file() {
  make_machines
  # The other machine is the host's name server; the host's own resolv.conf is not touched.
  printf 'nameserver %s\nsearch corp.test\n' "$THERE" >"$BATS_FILE_TMPDIR/resolv.conf"
  printf '#!/bin/sh\nexec nsenter --net=/run/netns/%s unshare -m --propagation private sh -c '\''mount --bind "$0" /etc/resolv.conf && exec "$@"'\'' %s %s "$@"\n' \
    "$MACHINE" "$BATS_FILE_TMPDIR/resolv.conf" "$REAL_CCOCKER" >"$BATS_FILE_TMPDIR/bin/ccocker"
  export FAILING=198.18.$NET_NUMBER.3 REFUSING=198.18.$NET_NUMBER.4 SILENT=198.18.$NET_NUMBER.5
  for address in "$FAILING" "$REFUSING" "$SILENT"; do outside ip addr add "$address/24" dev uplink; done
  nsenter --net="/run/netns/$OUTSIDE" "$PYTHON" "$TOOLS/dns_server.py" "$THERE" "$THERE6" "$FAILING=2" "$REFUSING=5" "$SILENT=silent" \
    >/dev/null 2>&1 3>&- &
  echo $! >>"$BATS_FILE_TMPDIR/servers"
  serves_names() { outside "$PYTHON" "$TOOLS/dns_look.py" "$1" www.example.test 1 2>/dev/null | grep -q 'answers 1'; }
  eventually serves_names "$THERE"
}
teardown() { end_many; }

resolves() {  # CONTAINER NAME ADDRESS
  "$CCOCKER" exec "$1" nslookup "$2" 2>&1 | grep -q "Address.*$3"
}

# look NAME TYPE [OTHERS]: what the resolver of the container that was started last says.
look() { nsenter --net="/proc/$container_pid/ns/net" "$PYTHON" "$TOOLS/dns_look.py" 127.0.0.11 "$@"; }

@test "containers find each other by name, alias and short ID, in both directions, the later one too" {
  run_in_background --rm --name first --network-alias erste builtin/busybox sleep 1000
  run_in_background --rm --name second builtin/busybox sleep 1000
  for pair in 'first second' 'second first' 'second erste' 'second FIRST' 'first first'; do
    "$CCOCKER" exec ${pair% *} ping -c 1 -W 5 "${pair#* }" >/dev/null || fail "$pair"
  done
  id=$("$CCOCKER" ps --filter name=first -q)
  "$CCOCKER" exec second ping -c 1 -W 5 "$id" >/dev/null || fail "by short ID"
  end_many
  try run --rm builtin/busybox ping -c 1 -W 2 first
  [ "$status" != 0 ] || fail "a container that has ended is still found"
}

@test "a renamed container is found by its new name, and by the old one no more" {
  run_in_background --rm --name before --network-alias same builtin/busybox sleep 1000
  run_in_background --rm --name asker builtin/busybox sleep 1000
  resolves asker before . || fail "the first name is not found"
  try rename before after
  exits 0
  for name in after same; do
    "$CCOCKER" exec asker ping -c 1 -W 5 "$name" >/dev/null || fail "$name is not found"
  done
  ! "$CCOCKER" exec asker ping -c 1 -W 2 before >/dev/null 2>&1 || fail "the old name is still found"
}

@test "IPv6 addresses and names of addresses are answered too" {
  run_in_background --rm --name web builtin/busybox sleep 1000
  address=$("$CCOCKER" exec web ip -o -4 addr show eth0 | sed -E 's/.*inet ([0-9.]+).*/\1/')
  try run --rm builtin/busybox sh -c "nslookup -type=aaaa web.; nslookup $address; ping6 -c 1 -W 5 web"
  exits 0
  shows 'Address: fd[0-9a-f:]+'
  shows 'name = web'
}

@test "other names are asked of the host's name server: answers, no such name, long answers by TCP" {
  try run --rm builtin/busybox nslookup -type=a www.example.test
  shows 'Address: 203\.0\.113\.7'
  try run --rm builtin/busybox nslookup nothing.example.test
  [ "$status" != 0 ] || fail "a name that is not there was found"
  says 'NXDOMAIN' || shows 'NXDOMAIN'
  run_in_background --rm --name asker -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v "$TOOLS:/t:ro" builtin/busybox sleep 1000
  try exec asker "$PYTHON" /t/dns_ask.py 127.0.0.11 long.example.test
  prints 'udp truncated 0, tcp 100'
}

@test "a name server that is silent: SERVFAIL, and containers are found as before" {
  run_in_background --rm --name web builtin/busybox sleep 1000
  LIMIT_S=30 try run --rm --dns 198.18.$NET_NUMBER.99 builtin/busybox sh -c 'nslookup www.example.test; ping -c 1 -W 5 web >/dev/null && echo found'
  shows '^found$'
}

@test "resolv.conf has the resolver, the host's search list, and what the flags say" {
  try run --rm builtin/busybox cat /etc/resolv.conf
  prints $'search corp.test\nnameserver 127.0.0.11\noptions ndots:0'
  try run --rm --dns 192.0.2.53 --dns-search a.test --dns-option timeout:1 builtin/busybox cat /etc/resolv.conf
  prints $'nameserver 127.0.0.11\nsearch a.test\noptions timeout:1 ndots:0'
}

@test "a container that is a name server has port 53 for itself" {
  try run --rm --expose 53/udp builtin/busybox sh -c 'cat /etc/resolv.conf; netstat -lnu | grep -c ":53 "'
  shows "nameserver $THERE"
  shows '^0$'
}

@test "names of other networks are not found" {
  "$CCOCKER" network create apart >/dev/null
  run_in_background --rm --name hidden --network apart builtin/busybox sleep 1000
  try run --rm builtin/busybox nslookup hidden
  [ "$status" != 0 ] || fail "$output"
  try run --rm --network apart builtin/busybox ping -c 1 -W 5 hidden
  exits 0
  end_many
  "$CCOCKER" network rm apart
}

@test "a name server that fails, refuses or is silent: the next one is asked" {
  known='code 0, answers 1, ttl 60, minimum -'
  run_in_background --rm --dns "$FAILING" --dns "$REFUSING" --dns "$THERE" builtin/busybox sleep 1000
  same "$(look www.example.test 1)" "$known"
  same "$(look nothing.example.test 1)" "code 3, answers 0, ttl -, minimum -"
  run_in_background --rm --dns "$SILENT" --dns "$THERE" builtin/busybox sleep 1000
  same "$(look www.example.test 1)" "$known"
  run_in_background --rm --dns "$FAILING" --dns "$REFUSING" builtin/busybox sleep 1000
  same "$(look www.example.test 1)" "code 5, answers 0, ttl -, minimum -"
  run_in_background --rm --dns "$SILENT" --dns "$FAILING" builtin/busybox sleep 1000
  same "$(look www.example.test 1)" "code 2, answers 0, ttl -, minimum -"
}

@test "without a name server that may be asked other names are SERVFAIL; one on the container's own network may" {
  "$CCOCKER" network create --internal --subnet 10.77.0.0/24 inside >/dev/null
  run_in_background --rm --name ns --network inside --ip 10.77.0.53 -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v "$TOOLS:/t:ro" \
    builtin/busybox "$PYTHON" /t/dns_server.py 10.77.0.53
  run_in_background --rm --network inside --dns "$THERE" builtin/busybox sleep 1000
  same "$(look www.example.test 1)" "code 2, answers 0, ttl -, minimum -"
  same "$(look ns 1)" "code 0, answers 1, ttl 5, minimum -"
  run_in_background --rm --network inside --dns 10.77.0.53 --dns "$THERE" builtin/busybox sleep 1000
  serves() { [ "$(look www.example.test 1)" = "code 0, answers 1, ttl 60, minimum -" ]; }
  eventually serves
  end_many
  "$CCOCKER" network rm inside
}

@test "how long an answer holds, and that a name of ours has no record of another type" {
  "$CCOCKER" network create --subnet 10.76.0.0/24 four >/dev/null
  run_in_background --rm --name web --network four builtin/busybox sleep 1000
  same "$(look web 1)" "code 0, answers 1, ttl 5, minimum -"
  same "$(look web 28)" "code 0, answers 0, ttl -, minimum 5"
  same "$(look web 15)" "code 0, answers 0, ttl -, minimum 5"
  end_many
  "$CCOCKER" network rm four
}

@test "hundreds of questions to a silent name server do not keep containers from being found" {
  run_in_background --rm --name web --dns "$SILENT" builtin/busybox sleep 1000
  same "$(look web 1 300)" "code 0, answers 1, ttl 5, minimum -"
}

@test "a container whose supervisor was killed is found no more, before anybody has swept" {
  run_in_background --rm --name dead --network-alias late builtin/busybox sleep 1000
  killed=$supervisor
  run_in_background --rm --name asker builtin/busybox sleep 1000
  same "$(look dead 1)" "code 0, answers 1, ttl 5, minimum -"
  kill -KILL "$killed"
  wait "$killed" 2>/dev/null || true
  gone() { [ "$(look "$1" 1)" = "code 3, answers 0, ttl -, minimum -" ]; }
  eventually gone dead
  eventually gone late
}

@test "on internal networks the world's names stay closed to a container whose connect was refused" {
  "$CCOCKER" network create --internal --subnet 10.74.0.0/24 inside >/dev/null
  "$CCOCKER" network create outward >/dev/null
  closed_names="code 2, answers 0, ttl -, minimum -" open_names="code 0, answers 1, ttl 60, minimum -"
  run_in_background --rm --name has -p 8125:80 builtin/busybox sleep 1000
  run_in_background --rm --name inner --network inside --dns "$THERE" -p 8125:80 builtin/busybox sleep 1000
  same "$(look www.example.test 1)" "$closed_names"
  try network connect outward inner
  exits 1
  explains '8125/tcp' 'in use'
  same "$(look www.example.test 1)" "$closed_names"
  "$CCOCKER" rm -f has >/dev/null
  "$CCOCKER" network connect outward inner
  same "$(look www.example.test 1)" "$open_names"
  "$CCOCKER" network disconnect outward inner
  same "$(look www.example.test 1)" "$closed_names"
  end_many
  "$CCOCKER" network rm inside outward
}

@test "a name server on an internal network that the container was connected to is asked" {
  "$CCOCKER" network create --internal --subnet 10.74.0.0/24 inside >/dev/null
  "$CCOCKER" network create --internal --subnet 10.75.0.0/24 beside >/dev/null
  run_in_background --rm --name ns --network beside --ip 10.75.0.53 -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v "$TOOLS:/t:ro" \
    builtin/busybox "$PYTHON" /t/dns_server.py 10.75.0.53
  run_in_background --rm --name inner --network inside --dns 10.75.0.53 builtin/busybox sleep 1000
  same "$(look www.example.test 1)" "code 2, answers 0, ttl -, minimum -"
  "$CCOCKER" network connect beside inner
  serves() { [ "$(look www.example.test 1)" = "code 0, answers 1, ttl 60, minimum -" ]; }
  eventually serves
  end_many
  "$CCOCKER" network rm inside beside
}
