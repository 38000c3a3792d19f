# What inspect tells of networks, ports and volumes, and what the events and stats tell of networks.
load lib
load net

setup_file() { make_machines; }
teardown_file() { remove_machines; }
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
