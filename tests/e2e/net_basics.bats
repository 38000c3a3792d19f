# The default network: an address, a way out, the others, and nothing left.
load lib
load net

teardown() { end_many; }

@test "what was switched on for forwarding is said, once" {
  grep -q 'net.ipv4.ip_forward=1' "$BATS_FILE_TMPDIR/first-notice" || fail "$(cat "$BATS_FILE_TMPDIR/first-notice")"
  same "$(machine cat /proc/sys/net/ipv4/ip_forward)" 1
  try run --rm builtin/busybox true
  exits 0
  quiet
}

@test "a container has eth0 with an address, a default route and a MAC made of the address" {
  try run --rm builtin/busybox sh -c 'ip -o addr; ip route; ip link show eth0; ls /sys/class/net | wc -l'
  exits 0
  shows 'eth0 +inet 172\.29\.0\.[0-9]+/16'
  shows 'eth0 +inet6 fd[0-9a-f:]+/64'
  shows 'default via 172\.29\.0\.1'
  last=$(sed -nE 's/.*inet 172\.29\.0\.([0-9]+).*/\1/p' <<<"$output")
  shows "link/ether 02:cc:ac:1d:00:$(printf %02x "$last")"
  shows '^2$'
}

@test "a container reaches another machine, which sees the host's address" {
  serve_outside "$THERE:8000"
  try run --rm builtin/busybox wget -q -O - "http://$THERE:8000/cgi-bin/who"
  exits 0
  prints "seen $HERE"
}

@test "and over IPv6" {
  serve_outside "[$THERE6]:8001"
  try run --rm builtin/busybox wget -q -O - "http://[$THERE6]:8001/cgi-bin/who"
  exits 0
  shows "seen .*$HERE6"
}

@test "a container reaches the host and another container" {
  run_in_background --rm --name web builtin/busybox sh -c "$(web_server)"
  try run --rm builtin/busybox sh -c 'ping -c 1 -W 5 172.29.0.1 >/dev/null && echo host; ping -c 1 -W 5 web >/dev/null && echo peer'
  prints $'host\npeer'
}

@test "another machine that routes to the range reaches no port that is not published" {
  run_in_background --rm --name web builtin/busybox sh -c "$(web_server)"
  ip=$("$CCOCKER" network inspect bridge | sed -nE 's/.*"IPv4Address": "([0-9.]+).*/\1/p')
  eventually answers machine curl -sgf -m 5 -o /dev/null "http://$ip/cgi-bin/who"
  outside ip route replace 172.29.0.0/16 via "$HERE"
  run outside curl -sgf -m 3 "http://$ip/cgi-bin/who"
  outside ip route del 172.29.0.0/16
  [ "$status" != 0 ] || fail "it was reached: $output"
}

@test "--ip, --mac-address, --add-host host-gateway, --hostname in hosts" {
  try run --rm --ip 172.29.7.7 --mac-address 02:00:00:00:07:07 --add-host outside:host-gateway --hostname box builtin/busybox \
    sh -c 'ip -o -4 addr show eth0; cat /sys/class/net/eth0/address /etc/hosts'
  exits 0
  shows 'inet 172\.29\.7\.7/16'
  shows '^02:00:00:00:07:07$'
  shows $'^172\.29\.0\.1\toutside$'
  shows $'^172\.29\.7\.7\tbox$'
  try run --rm --network host --add-host here:host-gateway builtin/busybox cat /etc/hosts
  shows $'^127\.0\.0\.1\there$'
}

@test "ps shows exposed ports that nothing leads to, while it runs" {
  run_in_background --name shows --expose 7000 --expose 7001 -p 8123:80 builtin/busybox sleep 1000
  try ps --format '{{.Ports}}' --filter name=shows
  prints "7000-7001/tcp, 0.0.0.0:8123->80/tcp, [::]:8123->80/tcp"
  end_many
  try ps -a --format '{{.Ports}}' --filter name=shows
  prints ""
  try rm shows
}

@test "--network container: shares address, names and loopback" {
  run_in_background --rm --name web builtin/busybox sh -c "$(web_server)"
  try run --rm --network container:web builtin/busybox sh -c 'for i in $(seq 50); do wget -q -O - http://127.0.0.1/cgi-bin/who && break; sleep 0.1; done; cat /etc/hosts'
  exits 0
  shows 'seen .*127.0.0.1'
  shows '172\.29\.0\.'
  try run --rm --network container:nobody builtin/busybox true
  exits 125
  explains "nobody"
}

@test "--network container of one that shares it itself, of a paused one, and of one with an /etc/hosts of its own" {
  run_in_background --rm --name web builtin/busybox sh -c "$(web_server)"
  run_in_background --rm --name sharer --network container:web builtin/busybox sleep 1000
  "$CCOCKER" pause sharer
  try run --rm --network container:sharer builtin/busybox sh -c 'for i in $(seq 50); do wget -q -O - http://127.0.0.1/cgi-bin/who && break; sleep 0.1; done; cat /etc/hosts'
  "$CCOCKER" unpause sharer
  exits 0
  shows 'seen .*127.0.0.1'
  shows '172\.29\.0\.'
  echo '10.0.0.9 special' >"$BATS_TEST_TMPDIR/hosts"
  run_in_background --rm --name own -v "$BATS_TEST_TMPDIR/hosts:/etc/hosts:ro" builtin/busybox sleep 1000
  try run --rm --network container:own builtin/busybox cat /etc/resolv.conf
  exits 0
  shows '^nameserver '
}

@test "--network none and host are as they were" {
  try run --rm --network none builtin/busybox sh -c 'ls /sys/class/net; ip route'
  prints lo
  try run --rm --network host builtin/busybox ip -o link
  shows 'uplink'
}

@test "the MTU is the uplink's" {
  "$CCOCKER" network prune -f
  machine ip link set uplink mtu 1400
  try run --rm builtin/busybox cat /sys/class/net/eth0/mtu
  machine ip link set uplink mtu 1500
  "$CCOCKER" network prune -f
  prints 1400
}

@test "a range that is routed on the host already: another one is taken, and it is said which" {
  "$CCOCKER" network prune -f
  machine ip route add 172.29.4.0/24 via "$THERE"
  try run --rm builtin/busybox ip -o -4 addr show eth0
  machine ip route del 172.29.4.0/24
  "$CCOCKER" network prune -f
  exits 0
  shows 'inet 172\.30\.0\.2/16'
  says '172.29.0.0/16 is in use on this host \(172.29.4.0/24 .*uplink\).* 172.30.0.0/16 instead'
}

@test "a link that has our bridge's name and is not ours is left alone" {
  "$CCOCKER" network prune -f
  machine ip link add ccocker0 type veth peer name other0
  try run --rm builtin/busybox true
  code=$status
  bridges=$(machine ip -o link show type bridge | awk -F': ' '{ print $2 }')
  "$CCOCKER" network prune -f
  machine ip link show ccocker0 >/dev/null || fail "the dummy link is gone"
  machine ip link del ccocker0
  same "$code" 0
  same "$bridges" ccocker1
}

@test "rules that were flushed come back with the next container" {
  "$CCOCKER" run --rm builtin/busybox true
  machine nft flush ruleset
  serve_outside "$THERE:8002"
  try run --rm builtin/busybox wget -q -O - "http://$THERE:8002/cgi-bin/who"
  exits 0
  prints "seen $HERE"
}

@test "with the policy DROP in the host's FORWARD chain, it is said what stops containers; published ports and names work on" {
  "$CCOCKER" network prune -f
  machine nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
  try run --rm builtin/busybox true
  says 'chain FORWARD of table ip filter has the policy drop'
  run_in_background --rm --name web -p 8080:80 builtin/busybox sh -c "$(web_server)"
  eventually answers outside curl -sgf -m 2 -o /dev/null "http://$HERE:8080/cgi-bin/who"
  eventually answers machine curl -sgf -m 2 -o /dev/null "http://127.0.0.1:8080/cgi-bin/who"
  try run --rm builtin/busybox sh -c "nslookup -type=a web >/dev/null && timeout 5 wget -q -O - http://$HERE:8080/cgi-bin/who"
  end_many
  machine nft delete table ip filter
  "$CCOCKER" network prune -f
  exits 0
  shows '^seen '
}

# blocked_by WORDS: the next first container says that this keeps containers from the outside. By the command it is made.
blocked_by() {
  "$CCOCKER" network prune -f
  try run --rm builtin/busybox true
  exits 0
  says "keeps containers from the outside.*$1"
  try info
  exits 0
  says "^WARNING: .*$1"
}

@test "rules of the host that drop or reject what is forwarded are named, of nftables and of iptables-legacy" {
  machine nft 'add table inet site; add chain inet site guard { type filter hook forward priority 10; }; add rule inet site guard counter reject'
  blocked_by 'chain guard of table inet site has a rule that rejects all'
  machine nft 'insert rule inet site guard iifname "ccocker*" accept; insert rule inet site guard oifname "ccocker*" accept'
  "$CCOCKER" network prune -f
  try run --rm builtin/busybox true
  exits 0
  quiet
  machine nft 'flush chain inet site guard; add chain inet site last; add rule inet site last drop; add chain inet site asked'
  machine nft 'add rule inet site guard ct state established jump last; add rule inet site guard jump asked; add rule inet site guard goto last'
  blocked_by 'chain last of table inet site has a rule that drops all'
  machine nft 'add rule inet site asked iifname "ccocker*" accept; add rule inet site asked oifname "ccocker*" accept'
  "$CCOCKER" network prune -f
  try run --rm builtin/busybox true
  exits 0
  quiet
  machine nft delete table inet site
  machine iptables-legacy -A FORWARD -j DROP
  blocked_by "chain FORWARD of iptables-legacy's table filter has a rule that drops all"
  machine iptables-legacy -F FORWARD
  machine iptables-legacy -P FORWARD DROP
  blocked_by "chain FORWARD of iptables-legacy's table filter has the policy drop"
  machine iptables-legacy -I FORWARD -i 'ccocker+' -j ACCEPT
  machine iptables-legacy -I FORWARD -o 'ccocker+' -j ACCEPT
  "$CCOCKER" network prune -f
  try run --rm builtin/busybox true
  machine iptables-legacy -F FORWARD
  machine iptables-legacy -P FORWARD ACCEPT
  exits 0
  quiet
  machine ip6tables-legacy -N last
  machine ip6tables-legacy -A last -j REJECT
  machine ip6tables-legacy -A FORWARD -p tcp -j last
  machine ip6tables-legacy -A FORWARD -g last
  blocked_by "chain last of ip6tables-legacy's table filter has a rule that rejects all"
  machine ip6tables-legacy -N asked
  machine ip6tables-legacy -A asked -o 'ccocker+' -j ACCEPT
  machine ip6tables-legacy -I FORWARD -j asked
  "$CCOCKER" network prune -f
  try run --rm builtin/busybox true
  machine ip6tables-legacy -F
  machine ip6tables-legacy -X
  exits 0
  quiet
}

@test "a supervisor killed by SIGKILL leaves no link, lease or rule for the next command to leave" {
  eventually no_links
  start_container --rm --name victim -p 8090:80 builtin/busybox sleep 1000
  same "$(container_links)" 1
  kill -KILL "$supervisor"
  wait "$supervisor" 2>/dev/null || true
  gone() { [ "$(machine nft list tables | grep -c 'ccocker.*-.*-')" = 0 ]; }
  eventually gone
  try ps -a
  exits 0
  eventually no_links
  same "$(ls "$CCOCKER_STATE/networks/bridge")" ""
}
