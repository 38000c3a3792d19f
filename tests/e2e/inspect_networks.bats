# What inspect tells of networks, ports and volumes, and what the events and stats tell of networks.
load lib
load net

setup() { begun=$(date +%s.%N); }
teardown() {
  end_many
  local pid
  for pid in $(cat "$BATS_TEST_TMPDIR/listeners" 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
  "$CCOCKER" rm -f $("$CCOCKER" ps -aq) >/dev/null 2>&1 || true
  "$CCOCKER" network prune -f >/dev/null 2>&1 || true
}

json() { "$PYTHON" -c "import json, sys; it = json.load(sys.stdin); print(($1))" <<<"$output"; }

@test "inspect of a container on the default network: the address that it really has, and its ports" {
  try run -d --name web -p 8093:80 -p 127.0.0.1::53/udp --expose 90 builtin/busybox sleep 1000
  exits 0
  local address prefix
  read -r address prefix < <("$CCOCKER" exec web ip -o -4 addr show eth0 | sed -nE 's/.*inet ([0-9.]+)\/([0-9]+).*/\1 \2/p')
  try inspect -f '{{.NetworkSettings.IPAddress}}/{{.NetworkSettings.IPPrefixLen}}' web
  prints "$address/$prefix"
  try inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}' web
  prints "$address $("$CCOCKER" exec web cat /sys/class/net/eth0/address)"
  try inspect -f '{{.HostConfig.NetworkMode}} {{.NetworkSettings.Gateway}}' web
  prints "bridge $("$CCOCKER" exec web ip route | sed -n 's/^default via \([0-9.]*\).*/\1/p')"
  try inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' web
  prints 8093
  try inspect web
  same "$(json 'sorted(it[0]["Config"]["ExposedPorts"]), it[0]["NetworkSettings"]["Ports"]["90/tcp"]')" "(['53/udp', '80/tcp', '90/tcp'], None)"
  same "$(json 'it[0]["HostConfig"]["PortBindings"]')" "{'53/udp': [{'HostIp': '127.0.0.1', 'HostPort': ''}], '80/tcp': [{'HostIp': '', 'HostPort': '8093'}]}"
  same "$(json '"127.0.0.1:" + it[0]["NetworkSettings"]["Ports"]["53/udp"][0]["HostPort"]')" "$("$CCOCKER" port web 53/udp)"
  try network inspect bridge
  same "$(json '[(c["Name"], c["IPv4Address"]) for c in it[0]["Containers"].values()]')" "[('web', '$address/$prefix')]"
  "$CCOCKER" stop -t 0 web >/dev/null
  try inspect web
  same "$(json 'it[0]["NetworkSettings"]["Ports"], it[0]["NetworkSettings"]["IPAddress"], list(it[0]["NetworkSettings"]["Networks"])')" "({}, '', ['bridge'])"
  same "$(json 'len(it[0]["NetworkSettings"]["Networks"]["bridge"]["NetworkID"]), it[0]["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"]')" "(64, '8093')"
}

@test "inspect of a container on networks that people made" {
  "$CCOCKER" network create --subnet 10.78.0.0/24 front >/dev/null
  "$CCOCKER" network create --subnet 10.79.0.0/24 --internal back >/dev/null
  "$CCOCKER" run -d --name db --network front --ip 10.78.0.9 --network-alias base builtin/busybox sleep 1000 >/dev/null
  "$CCOCKER" network connect back db
  try inspect db
  same "$(json 'it[0]["HostConfig"]["NetworkMode"], sorted(it[0]["NetworkSettings"]["Networks"]), it[0]["NetworkSettings"]["IPAddress"]')" "('front', ['back', 'front'], '')"
  same "$(json '[it[0]["NetworkSettings"]["Networks"]["front"][k] for k in ("IPAddress", "IPPrefixLen", "Gateway", "Aliases", "IPAMConfig")]')" "['10.78.0.9', 24, '10.78.0.1', ['base'], {'IPv4Address': '10.78.0.9'}]"
  same "$(json 'it[0]["NetworkSettings"]["Networks"]["front"]["DNSNames"] == ["db", it[0]["Id"][:12], "base"], it[0]["NetworkSettings"]["Networks"]["back"]["Gateway"]')" "(True, '')"
  same "$(json 'it[0]["NetworkSettings"]["Networks"]["front"]["NetworkID"]')" "$("$CCOCKER" network inspect -f '{{.Id}}' front)"
  try inspect -f '{{.NetworkSettings.Networks.front.IPAddress}}' db
  prints 10.78.0.9
  "$CCOCKER" run -d --name beside --network container:db builtin/busybox sleep 1000 >/dev/null
  try inspect -f '{{.HostConfig.NetworkMode}} {{len .NetworkSettings.Networks}}' beside
  prints "container:$("$CCOCKER" inspect -f '{{.Id}}' db) 0"
  "$CCOCKER" run --name alone --network none builtin/busybox true
  try inspect -f '{{.HostConfig.NetworkMode}} {{.NetworkSettings.Networks.none.IPAddress}}|' alone
  prints 'none |'
}

@test "inspect finds networks and volumes by name, and by type" {
  "$CCOCKER" network create --subnet 10.77.3.0/24 --label tier=1 both >/dev/null
  "$CCOCKER" volume create both >/dev/null
  "$CCOCKER" volume create files >/dev/null
  try inspect both files
  same "$(json 'it[0]["Driver"], it[0]["IPAM"]["Config"], it[1]["Name"]')" "('bridge', [{'Subnet': '10.77.3.0/24', 'Gateway': '10.77.3.1'}], 'files')"
  try inspect --type volume -f '{{.Driver}} {{.Mountpoint}}' both
  shows '^local /.*both'
  try inspect --type network nosuch
  exits 1
  explains 'no such network: nosuch'
  try network inspect -f '{{.Name}} {{.Driver}} {{(index .IPAM.Config 0).Subnet}} {{index .Labels "tier"}} {{.Subnet}} {{len .Containers}}' both
  prints 'both bridge 10.77.3.0/24 1 10.77.3.0/24 0'
  try network inspect -f '{{json .}}' both
  same "$(json '"Subnet" in it, it["Internal"]')" '(False, False)'
  try network inspect -f '{{.Nosuch}}' both
  exits 1
  explains 'template parsing error'
  try volume inspect -f json files
  same "$(json 'it["Scope"], it["Options"], it["Labels"]')" "('local', None, None)"
}

# What the log holds, one event a line: type, action, and what TEMPLATE asks.
told() { "$CCOCKER" events --since "$begun" --until 0s --filter type="$1" --format "$2"; }

@test "events tell of networks: made, joined, left, removed, pruned" {
  local front id
  front=$("$CCOCKER" network create ev-front)
  "$CCOCKER" run -d --name web --network ev-front builtin/busybox sleep 1000 >/dev/null
  id=$("$CCOCKER" inspect -f '{{.Id}}' web)
  "$CCOCKER" network connect bridge web
  "$CCOCKER" network disconnect ev-front web
  "$CCOCKER" rm -f web >/dev/null
  "$CCOCKER" network rm ev-front >/dev/null
  "$CCOCKER" network create back >/dev/null
  "$CCOCKER" network prune -f >/dev/null
  local what
  what=$(told network '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.container}}' | sed -n '/^create ev-front/,$p' | sed "s/$id/ID/; s/<no value>//g; s/ *$//")
  same "$what" "create ev-front
connect ev-front ID
connect bridge ID
disconnect ev-front ID
disconnect bridge ID
destroy ev-front
create back
destroy back
prune"
  try events --since "$begun" --until 0s --filter type=network --filter network=ev-front
  shows "network connect $front \(container=$id, name=ev-front, type=bridge\)$"
}

@test "a container whose supervisor was killed leaves its network too, and that is told" {
  start_container --name gone builtin/busybox sleep 1000
  local id
  id=$("$CCOCKER" inspect -f '{{.Id}}' gone)
  kill -KILL "$supervisor"
  eventually down gone
  try events --since "$begun" --until 0s --filter type=network --filter event=disconnect
  shows "network disconnect .*container=$id"
}
down() { "$CCOCKER" ps -a --filter name="$1" --format '{{.Status}}' | grep -q Exited; }

@test "events tell of volumes: made, mounted, unmounted, and those without a name that go with --rm" {
  "$CCOCKER" run --rm --network none -v kept:/a -v /b builtin/busybox true
  local anonymous
  anonymous=$(told volume '{{.Action}} {{.Actor.ID}}' | sed -n 's/^destroy //p' | tail -1)
  shows_once() { [ "$(told volume '{{.Action}} {{.Actor.ID}}' | grep -cx "$1")" = 1 ] || fail "not told once: $1"; }
  local action name
  for action in create mount unmount; do
    for name in kept "$anonymous"; do shows_once "$action $name"; done
  done
  shows_once "destroy $anonymous"
  try events --since "$begun" --until 0s --filter volume=kept --filter event=mount
  shows 'volume mount kept \(container=[0-9a-f]{64}, destination=/a, driver=local, propagation=, read/write=true\)'
}

@test "network prune asks, says what is gone, and keeps to its filters" {
  "$CCOCKER" network create --label tier=1 one >/dev/null
  "$CCOCKER" network create two >/dev/null
  try_with_input n network prune
  exits 0
  shows '^WARNING! This will remove all custom networks not used by at least one container\.$'
  hides 'Deleted'
  try network prune -f --filter label=tier
  prints $'Deleted Networks:\none'
  try network prune -f --filter until=1h
  prints ''
  try_with_input y network prune
  shows 'Deleted Networks:$'
  shows '^two$'
}

@test "system prune takes networks too, after containers and before volumes" {
  "$CCOCKER" network create spare >/dev/null
  "$CCOCKER" run --name done --network none -v /data builtin/busybox true
  try_with_input n system prune --volumes
  shows '  - all networks not used by at least one container'
  try system prune -f --volumes
  exits 0
  same "$(grep -E '^(Deleted|spare)' <<<"$output" | tr '\n' ' ')" 'Deleted Containers: Deleted Networks: spare Deleted Volumes: '
}

@test "stats tell what went over the container's network, in both directions" {
  "$CCOCKER" run -d --name server builtin/busybox \
    sh -c 'mkdir /www; head -c 3000000 /dev/zero >/www/file; exec httpd -f -p 80 -h /www' >/dev/null
  local address
  address=$("$CCOCKER" inspect -f '{{.NetworkSettings.IPAddress}}' server)
  "$CCOCKER" run -d --name client builtin/busybox \
    sh -c "until wget -qO /dev/null http://$address/file; do sleep 0.1; done; sleep 1000" >/dev/null
  eventually traffic client 0
  eventually traffic server 1
  try stats --no-stream --format '{{.NetIO}}' client
  shows '^3(\.[0-9]+)?MB / [0-9.]+k?B$'
}
# At least 3 MB were received (0) or sent (1) by a container, and less than 4.
traffic() {
  "$CCOCKER" stats --no-stream --format '{{.NetIO}}' "$1" | "$PYTHON" -c '
import sys
text = sys.stdin.read().split(" / ")[int(sys.argv[1])].strip()
assert text.endswith("MB") and 3 <= float(text[:-2]) < 4, text' "$2" 2>/dev/null
}
