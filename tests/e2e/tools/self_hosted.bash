#!/bin/bash
# self_hosted.bash DIRECTORY COMMAND...: in the network that it is started in, which should be a new one, 192.0.2.2 is a
# registry that speaks TLS, on port 443 and on port 5611. The latter wants tokens, and names a server on port 5612 that
# speaks TLS, too, and gives them to anybody. DIRECTORY holds certificates (servers.bash) and the registry's storage.
directory=$1
shift
here=$(dirname "$(realpath "$0")")
address=192.0.2.2
ip link set lo up && ip addr add $address/32 dev lo || exit 1
work=$(mktemp -d "$directory/self-hosted.XXXXXX") || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT

serve() {  # PORT COMMAND...
  local port=$1 try
  shift
  "$@" >>"$work/log" 2>&1 </dev/null &
  pids+=($!)
  for try in $(seq 200); do
    (: >"/dev/tcp/$address/$port") 2>/dev/null && return
    sleep 0.05
  done
  cat "$work/log" >&2
  exit 1
}

registry() {  # PORT [YAML...]
  local port=$1
  shift
  {
    echo "version: 0.1"
    echo "storage: {filesystem: {rootdirectory: $directory/registry}}"
    echo "http: {addr: '$address:$port', tls: {certificate: $directory/server.pem, key: $directory/server.key}}"
    printf '%s\n' "$@"
  } >"$work/$port.yml"
  serve "$port" docker-registry serve "$work/$port.yml"
}

serve 5612 /usr/bin/python3 "$here/token_server.py" --address $address --tls "$directory/server.pem" "$directory/server.key" \
  --public 5612 "$directory/ca.key" "$directory/ca.pem" 600
registry 5611 \
  "auth: {token: {realm: 'https://$address:5612/token', service: e2e, issuer: e2e, rootcertbundle: $directory/ca.pem}}"
registry 443
"$@"
