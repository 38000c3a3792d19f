# A host whose own firewall drops what is forwarded but for ccocker's bridges: everything works, with and without
# br_netfilter, which sends what goes from container to container through that firewall, too.
load lib
load net

prepare_file() {
  make_machines
  "$CCOCKER" network prune -f
  machine nft 'add table inet host; add chain inet host forward { type filter hook forward priority 0; policy drop; }'
  machine nft 'add rule inet host forward iifname "ccocker*" accept; add rule inet host forward oifname "ccocker*" accept'
  serve_outside "$THERE:8000"
  serve_outside "[$THERE6]:8000"
}

teardown() {
  end_many
  "$CCOCKER" network prune -f >/dev/null
}

bridged_packets() {  # 0 or 1: whether they go through the firewall
  machine sh -c "for name in iptables ip6tables; do echo $1 >/proc/sys/net/bridge/bridge-nf-call-\$name; done"
}

mb_web_server() { web_server 'head -c 20971520 /dev/urandom >/www/big; sha256sum </www/big >/www/sum'; }

# everything_works NETWORK PORT
everything_works() {
  local network=(--network "$1") web="http://web$2" here="http://$HERE:$2"
  run_in_background --rm --name "web$2" "${network[@]}" -p "$2:80" builtin/busybox sh -c "$(mb_web_server)"
  LIMIT_S=60
  eventually answers outside curl -sgf -m 5 -o /dev/null "$here/sum"
  eventually answers machine curl -sgf -m 5 -o /dev/null "http://127.0.0.1:$2/sum"
  # To the outside; by name, address and hairpin to the other container, over both families.
  try run --rm "${network[@]}" builtin/busybox sh -c "
    wget -q -O - http://$THERE:8000/cgi-bin/who && wget -q -O - 'http://[$THERE6]:8000/cgi-bin/who' &&
    wget -q -O - $web/big | sha256sum && wget -q -O - $web/sum && wget -q -O - $here/sum &&
    ping -4 -c 1 -W 5 web$2 >/dev/null && echo pinged"
  exits 0
  shows "^seen $HERE$"
  shows "^seen .*$HERE6"
  shows '^pinged$'
  same "$(grep -cE '^[0-9a-f]{64} ' <<<"$output")" 3
  same "$(grep -E '^[0-9a-f]{64} ' <<<"$output" | sort -u | wc -l)" 1
  # From another machine: its address is seen, and what it gets is whole.
  same "$(seen outside "$HERE:$2")" "seen $THERE"
  same "$(outside curl -sgf -m 50 "$here/big" | sha256sum)" "$(outside curl -sgf "$here/sum")"
}

@test "the default network, with br_netfilter" {
  bridged_packets 1
  everything_works bridge 8300
  same "$(seen outside "[$HERE6]:8300")" "seen $THERE6"
}

@test "the default network, without br_netfilter" {
  bridged_packets 0
  everything_works bridge 8301
}

@test "networks that were made, with br_netfilter; they stay isolated" {
  bridged_packets 1
  "$CCOCKER" network create --ipv6 one >/dev/null
  "$CCOCKER" network create --ipv6 two >/dev/null
  everything_works one 8302
  local address
  for address in $("$CCOCKER" inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} [{{.GlobalIPv6Address}}]{{end}}' web8302); do
    answers machine curl -sgf -m 5 -o /dev/null "http://$address/sum" || fail "$address does not answer the host"
    # Not as PID 1, which timeout's signal would not end.
    try run --rm --network two builtin/busybox sh -c "timeout 3 wget -q -O - 'http://$address/sum'; echo code \$?"
    hides 'code 0'
  done
}
