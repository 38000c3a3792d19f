# The servers that tests talk to, each started on first use on a loopback port and stopped by its pid at the end.

free_port() {
  "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers_at() { "$PYTHON" -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1" 2>/dev/null; }

wait_for_port() {
  local end=$((SECONDS + 60))
  until answers_at "$1"; do
    [ $SECONDS -lt $end ] || { echo "nothing answers on port $1" >&2; return 1; }
    sleep 0.05
  done
}

# Two files may need a server at once: one starts it. What is called so may call others so.
one_at_a_time() {  # COMMAND...
  if [ -n "${HAS_SERVERS_LOCK:-}" ]; then
    "$@"
  else
    (flock 8; HAS_SERVERS_LOCK=1; "$@") 8>"$E2E/servers.lock"
  fi
}

serve() {  # NAME PORT COMMAND...: runs the server in the background and notes its pid and address
  local name=$1 port=$2
  shift 2
  "$@" >"$E2E/$name.log" 2>&1 </dev/null 3>&- 8>&- 9>&- &
  echo $! >"$E2E/pids/$name"
  wait_for_port "$port" || { cat "$E2E/$name.log" >&2; return 1; }
  echo "127.0.0.1:$port" >"$E2E/$name.address"
}

stop_servers() {
  local file
  for file in "$E2E"/pids/*; do
    [ -e "$file" ] && kill "$(cat "$file")" 2>/dev/null
    rm -f "$file"
  done
  return 0
}

# start_registry NAME [YAML...]: Debian's docker-registry; all share one storage, so an image is pushed once.
start_registry() { one_at_a_time make_registry "$@"; }
make_registry() {
  local name=$1 port
  shift
  [ ! -e "$E2E/$name.address" ] || return 0
  port=$(free_port)
  {
    echo "version: 0.1"
    echo "log: {accesslog: {disabled: false}, level: info}"
    echo "storage: {filesystem: {rootdirectory: $E2E/registry}, delete: {enabled: true}}"
    echo "http: {addr: 127.0.0.1:$port}"
    printf '%s\n' "$@"
  } >"$E2E/$name.yml"
  serve "$name" "$port" docker-registry serve "$E2E/$name.yml"
}

# A registry with a storage of its own, which has none of the others' blobs.
start_other_registry() { one_at_a_time make_other_registry; }
make_other_registry() {
  [ ! -e "$E2E/other.address" ] || return 0
  local port
  port=$(free_port)
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: 127.0.0.1:%s}\n' \
    "$E2E/other-registry" "$port" >"$E2E/other.yml"
  serve other "$port" docker-registry serve "$E2E/other.yml"
}

address_of() { cat "$E2E/$1.address"; }

# User "reader", password "s3cret".
start_htpasswd_registry() { one_at_a_time make_htpasswd_registry; }
make_htpasswd_registry() {
  [ ! -e "$E2E/htpasswd.address" ] || return 0
  htpasswd -Bbn reader s3cret >"$E2E/htpasswd"
  start_registry htpasswd "auth: {htpasswd: {realm: e2e, path: $E2E/htpasswd}}"
}

# A certificate authority of our own and a certificate for registry.e2e.test, 127.0.0.1 and 192.0.2.2.
make_certificates() { one_at_a_time make_certificates_once; }
make_certificates_once() {
  [ ! -e "$E2E/ca.pem" ] || return 0
  (
    cd "$E2E" || exit 1
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=e2e CA" -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=registry.e2e.test" -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:registry.e2e.test,DNS:other.e2e.test,IP:127.0.0.1,IP:192.0.2.2\n' >server.ext
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
  ) 2>"$E2E/openssl.log" || { cat "$E2E/openssl.log" >&2; return 1; }
}

# Docker's token authentication, with tokens that are really signed: user "reader", password "s3cret"; anonymous
# clients get a token without rights. Tokens live TOKEN_SECONDS.
start_token_registry() { one_at_a_time start_registry_with_tokens token; }

# The same, and anybody may pull.
start_public_registry() { one_at_a_time start_registry_with_tokens public --public; }

start_registry_with_tokens() {  # NAME [OPTIONS of token_server.py]
  local name=$1 port
  shift
  [ ! -e "$E2E/$name.address" ] || return 0
  make_certificates
  port=$(free_port)
  serve "$name-server" "$port" "$PYTHON" "$TOOLS/token_server.py" "$@" "$port" "$E2E/ca.key" "$E2E/ca.pem" "${TOKEN_SECONDS:-60}"
  start_registry "$name" \
    "auth: {token: {realm: 'http://127.0.0.1:$port/token', service: e2e-registry, issuer: e2e, rootcertbundle: $E2E/ca.pem}}"
}

# Runs a command in a network of its own, where 192.0.2.2 is what tools/self_hosted.bash says. What it mounts is seen by
# nobody else.
with_self_hosted_registry() {
  make_certificates
  unshare --net --mount --propagation private "$TOOLS/self_hosted.bash" "$E2E" "$@"
}

# serve_nginx NAME DIRECTIVE...: nginx before the plain registry. The first directive is "listen 127.0.0.1:PORT ...;".
serve_nginx() {
  local name=$1 port
  shift
  port=${1#*:}
  port=${port%%[ ;]*}
  mkdir -p "$E2E/nginx-$name"
  cat >"$E2E/nginx-$name.conf" <<CONF
daemon off;
user root;
pid $E2E/nginx-$name/pid;
error_log $E2E/nginx-$name/error.log;
worker_processes 1;
events { worker_connections 256; }
http {
  access_log $E2E/nginx-$name/access.log;
  client_body_temp_path $E2E/nginx-$name/body;
  proxy_temp_path $E2E/nginx-$name/proxy;
  fastcgi_temp_path $E2E/nginx-$name/fastcgi;
  uwsgi_temp_path $E2E/nginx-$name/uwsgi;
  scgi_temp_path $E2E/nginx-$name/scgi;
  server {
$(printf '    %s\n' "$@")
    location /v2/ {
      proxy_pass http://$REGISTRY;
      proxy_set_header Host \$http_host;
      proxy_set_header X-Forwarded-Proto \$scheme;
      proxy_buffering off;
    }
  }
}
CONF
  serve "$name" "$port" nginx -c "$E2E/nginx-$name.conf" -p "$E2E/nginx-$name" -e "$E2E/nginx-$name/error.log"
}

# nginx with TLS before the plain registry.
start_tls_registry() { one_at_a_time make_tls_registry; }
make_tls_registry() {
  [ ! -e "$E2E/tls.address" ] || return 0
  make_certificates
  serve_nginx tls "listen 127.0.0.1:$(free_port) ssl http2;" "client_max_body_size 0;" \
    "ssl_certificate $E2E/server.pem;" "ssl_certificate_key $E2E/server.key;"
}

# nginx as it comes, which takes requests of a megabyte at most, before the plain registry.
start_narrow_registry() { one_at_a_time make_narrow_registry; }
make_narrow_registry() {
  [ ! -e "$E2E/narrow.address" ] || return 0
  serve_nginx narrow "listen 127.0.0.1:$(free_port);"
}

# What hostile layers try to reach: files that begin so, each suite's its own.
OUT_OF_ROOT=/tmp/ccocker-e2e-$(basename "$BATS_RUN_TMPDIR")

# The registry that lies, stalls and breaks off: tools/faulty_registry.py. $FAULTY is its address; what it saw is in
# $E2E/faulty.requests, a line a request.
make_faulty_registry() {
  [ ! -e "$E2E/faulty.address" ] || return 0
  local port
  port=$(free_port)
  serve faulty "$port" "$PYTHON" "$TOOLS/faulty_registry.py" "$port" "$E2E/faulty.requests" "$E2E/faulty-blobs" "$(basename "$OUT_OF_ROOT")"
}
start_faulty_registry() {
  one_at_a_time make_faulty_registry
  FAULTY=$(address_of faulty)
  export FAULTY
}

# Runs a command where registry.e2e.test and other.e2e.test are 127.0.0.1, without touching the host's files.
with_test_names() {
  printf '127.0.0.1 localhost registry.e2e.test other.e2e.test\n' >"$E2E/hosts"
  unshare --mount --propagation private sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$E2E/hosts" "$@"
}
