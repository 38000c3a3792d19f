# Registries that want a login, over TLS and plain HTTP; credentials go to nobody else.
load lib

prepare_file() { need_image base; }

login_for() {  # REGISTRY: writes ~/.docker/config.json
  mkdir -p "$HOME/.docker"
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$1" "$(printf reader:s3cret | base64)" >"$HOME/.docker/config.json"
}

setup() { rm -rf "$HOME/.docker"; }

@test "Basic authentication with the login of ~/.docker/config.json" {
  start_htpasswd_registry
  login_for "$(address_of htpasswd)"
  try pull -q "$(address_of htpasswd)/base:1"
  exits 0
}

@test "Basic authentication without a login fails and says how to log in" {
  start_htpasswd_registry
  try pull "$(address_of htpasswd)/base:1"
  exits 1
  explains "$(address_of htpasswd)" "401|unauthorized|login|credentials"
}

@test "a wrong password is refused with a sentence that names the registry, and is not printed" {
  start_htpasswd_registry
  mkdir -p "$HOME/.docker"
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$(address_of htpasswd)" "$(printf reader:wr0ngpw | base64)" >"$HOME/.docker/config.json"
  try pull "$(address_of htpasswd)/base:1"
  exits 1
  explains "$(address_of htpasswd)"
  [[ "$stderr" != *wr0ngpw* ]] || fail "the password is in the message"
}

@test "a signed Bearer token is fetched from the realm with the login" {
  start_token_registry
  login_for "$(address_of token)"
  try pull -q "$(address_of token)/base:1"
  exits 0
}

@test "without a login the token allows nothing and the message says so" {
  start_token_registry
  try pull "$(address_of token)/base:1"
  exits 1
  explains "$(address_of token)" "denied|unauthorized|401|login"
}

@test "a credential helper is asked (credHelpers)" {
  start_htpasswd_registry
  mkdir -p "$HOME/.docker" "$BATS_TEST_TMPDIR/bin"
  printf '{"credHelpers": {"%s": "e2e"}}' "$(address_of htpasswd)" >"$HOME/.docker/config.json"
  cat >"$BATS_TEST_TMPDIR/bin/docker-credential-e2e" <<SH
#!/bin/sh
cat >"$BATS_TEST_TMPDIR/asked"; echo "\$1" >>"$BATS_TEST_TMPDIR/asked"
echo '{"ServerURL": "x", "Username": "reader", "Secret": "s3cret"}'
SH
  chmod +x "$BATS_TEST_TMPDIR/bin/docker-credential-e2e"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH try pull -q "$(address_of htpasswd)/base:1"
  exits 0
  grep -q "$(address_of htpasswd)" "$BATS_TEST_TMPDIR/asked"
}

@test "a credential store is asked (credsStore), and one that is missing is named" {
  start_htpasswd_registry
  mkdir -p "$HOME/.docker"
  printf '{"credsStore": "e2e-missing", "auths": {"%s": {}}}' "$(address_of htpasswd)" >"$HOME/.docker/config.json"
  try pull "$(address_of htpasswd)/base:1"
  exits 1
  explains "docker-credential-e2e-missing"
}

@test "a credential store that is missing keeps no public image away, and is named when a login is wanted" {
  start_public_registry
  mkdir -p "$HOME/.docker"
  echo '{"credsStore": "e2e-missing"}' >"$HOME/.docker/config.json"
  try pull "$(address_of public)/base:1"
  exits 0
  says "without a login.*docker-credential-e2e-missing is not in PATH"
  same "$(grep -c docker-credential-e2e-missing <<<"$stderr")" 1
  start_token_registry
  try pull "$(address_of token)/base:1"
  exits 1
  explains "$(address_of token)" "denied.*docker-credential-e2e-missing is not in PATH"
}

@test "a bad entry for another registry keeps no image away" {
  start_public_registry
  mkdir -p "$HOME/.docker"
  echo '{"auths": {"other.example": {"auth": "!!!"}}}' >"$HOME/.docker/config.json"
  try pull -q "$(address_of public)/base:1"
  exits 0
  quiet
  start_htpasswd_registry
  printf '{"auths": {"other.example": {"auth": "!!!"}, "%s": {"auth": "%s"}}}' "$(address_of htpasswd)" \
    "$(printf reader:s3cret | base64)" >"$HOME/.docker/config.json"
  try pull -q "$(address_of htpasswd)/base:1"
  exits 0
}

@test "of podman's logins the most specific one is sent" {
  start_htpasswd_registry
  local host right wrong
  host=$(address_of htpasswd) right=$(printf reader:s3cret | base64) wrong=$(printf reader:wr0ngpw | base64)
  export REGISTRY_AUTH_FILE=$BATS_TEST_TMPDIR/auth.json
  printf '{"auths": {"%s": {"auth": "%s"}, "%s/base": {"auth": "%s"}}}' "$host" "$wrong" "$host" "$right" >"$REGISTRY_AUTH_FILE"
  try pull -q "$host/base:1"
  exits 0
  printf '{"auths": {"%s/a": {"auth": "%s"}, "%s/base": {"auth": "%s"}}}' "$host" "$wrong" "$host" "$right" >"$REGISTRY_AUTH_FILE"
  try pull -q "$host/base:1"
  exits 0
  printf '{"auths": {"%s": {"auth": "%s"}, "%s/base": {"auth": "%s"}}}' "$host" "$right" "$host" "$wrong" >"$REGISTRY_AUTH_FILE"
  try pull "$host/base:1"
  exits 1
  explains "$host does not accept the login"
}

@test "a token server is trusted like the registry that names it" {
  run --separate-stderr with_self_hosted_registry "$CCOCKER" pull 192.0.2.2:5611/base:1
  exits 1
  explains "cannot trust 192.0.2.2:5611" "certs.d/192.0.2.2:5611/ca.crt"
  run --separate-stderr with_self_hosted_registry "$CCOCKER" pull -q --insecure-registry 192.0.2.2:5611 192.0.2.2:5611/base:1
  exits 0
  with_certificates_of 192.0.2.2:5611 "$CCOCKER" pull -q 192.0.2.2:5611/base:1
  exits 0
}

# With the test's CA in Docker's directory for HOST, or podman's.
with_certificates_of() {  # HOST COMMAND...
  local host=$1 place
  shift
  for place in /etc/docker /etc/containers; do [ ! -d $place ] || break; done
  [ -d $place ] || fail "skopeo's package brings /etc/containers, and it is not there to mount on"
  run --separate-stderr with_self_hosted_registry sh -c 'mount -t tmpfs none "$0" && mkdir -p "$0/certs.d/$1" &&
    cp "$2" "$0/certs.d/$1/ca.crt" && shift 2 && exec "$@"' $place "$host" "$E2E/ca.pem" "$@"
}

@test "a registry is the same with the port that HTTPS has anyway" {
  run --separate-stderr with_self_hosted_registry "$CCOCKER" pull 192.0.2.2:443/base:1
  exits 1
  explains "cannot trust 192.0.2.2" "certs.d/192.0.2.2:443/ca.crt"
  for named in 192.0.2.2:443 192.0.2.2; do
    for pulled in 192.0.2.2:443 192.0.2.2; do
      run --separate-stderr with_self_hosted_registry "$CCOCKER" pull -q --insecure-registry $named $pulled/base:1
      exits 0
      with_certificates_of $named "$CCOCKER" pull -q $pulled/base:1
      exits 0
    done
  done
}

@test "a proxy that is not there is named" {
  local port
  port=$(free_port)
  HTTPS_PROXY=http://me:s3cret@127.0.0.1:$port try pull registry.invalid/base:1
  exits 1
  explains "registry.invalid" "the proxy http://me@127.0.0.1:$port refuses"
}

@test "HTTPS with a certificate authority of one's own" {
  start_tls_registry
  port=$(address_of tls | cut -d: -f2)
  run --separate-stderr with_test_names env SSL_CERT_FILE="$E2E/ca.pem" "$CCOCKER" pull -q "registry.e2e.test:$port/base:1"
  exits 0
}

@test "HTTPS with a certificate nobody vouches for is refused, and the message says what to do" {
  start_tls_registry
  port=$(address_of tls | cut -d: -f2)
  run --separate-stderr with_test_names "$CCOCKER" pull "registry.e2e.test:$port/base:1"
  exits 1
  explains "registry.e2e.test:$port" "certificate"
}

# Everything that pulls; each leaves nothing. `create` says the container that it made.
each_that_pulls() {  # JUDGE OPTIONS... IMAGE
  local judge=$1
  shift
  for command in "pull" "run --rm --network none" "run -d --network none" "create --network none"; do
    shown="ccocker $command $*" failing=125
    case $command in pull | create*) failing=1 ;; esac
    run --separate-stderr with_test_names "$CCOCKER" $command "$@"
    "$judge"
    [ "$status" != 0 ] || [[ "$command" == pull || "$command" == *--rm* ]] || "$CCOCKER" rm -f "$output"
    "$CCOCKER" rmi "${@: -1}" >/dev/null 2>&1 || true
  done
}
distrusted() {
  exits $failing
  explains "registry.e2e.test:$port" "certificate" "--ca-file"
}
no_tls() {
  exits $failing
  explains "--insecure-registry registry.e2e.test:$port"
}
went_well() { exits 0; }

@test "pull, run, run -d and create take --ca-file, and the message without it names it" {
  start_tls_registry
  port=$(address_of tls | cut -d: -f2)
  each_that_pulls distrusted "registry.e2e.test:$port/base:1"
  each_that_pulls went_well --ca-file "$E2E/ca.pem" "registry.e2e.test:$port/base:1"
  cd "$E2E"
  each_that_pulls went_well --ca-file ca.pem "registry.e2e.test:$port/base:1"
}

@test "pull, run, run -d and create take --insecure-registry, and the message without it names it" {
  start_tls_registry
  port=$(address_of tls | cut -d: -f2)
  each_that_pulls went_well --insecure-registry "registry.e2e.test:$port" "registry.e2e.test:$port/base:1"
  port=${REGISTRY#*:}
  each_that_pulls no_tls "registry.e2e.test:$port/base:1"
  each_that_pulls went_well --insecure-registry "registry.e2e.test:$port" "registry.e2e.test:$port/base:1"
}

@test "HTTPS whose certificate names another host is refused" {
  start_tls_registry
  port=$(address_of tls | cut -d: -f2)
  printf '127.0.0.1 localhost wrong.e2e.test\n' >"$BATS_TEST_TMPDIR/hosts"
  run --separate-stderr unshare --mount --propagation private sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$BATS_TEST_TMPDIR/hosts" \
    env SSL_CERT_FILE="$E2E/ca.pem" "$CCOCKER" pull "wrong.e2e.test:$port/base:1"
  exits 1
  explains "wrong.e2e.test" "certificate|host name|subject"
}

@test "a registry that is not loopback is not spoken to over plain HTTP unasked" {
  # In a network namespace of its own, a listener on a public-looking address notes the first byte it is sent.
  run --separate-stderr unshare --mount --net sh -c 'ip link set lo up; ip addr add 198.51.100.1/32 dev lo
    /usr/bin/python3 -c "import socket
s = socket.create_server((\"198.51.100.1\", 5000)); s.settimeout(100)
while True: c, _ = s.accept(); print(\"first byte\", c.recv(1).hex(), flush=True); c.close()" >"$0" 2>/dev/null &
    listener=$!; while kill -0 $listener && ! ss -Hltn "sport = :5000" | grep -q .; do sleep 0.1; done; timeout 60 "$@"; status=$?; kill $listener; exit $status' \
    "$BATS_TEST_TMPDIR/listener" "$CCOCKER" pull "198.51.100.1:5000/base:1"
  exits 1
  explains "198.51.100.1:5000"
  grep -q 'first byte 16' "$BATS_TEST_TMPDIR/listener" || fail "no TLS was tried: $(cat "$BATS_TEST_TMPDIR/listener")"
  ! grep -v 'first byte 16' "$BATS_TEST_TMPDIR/listener" || fail "something else than TLS was sent"
}

@test "a redirect to another host takes no credentials along" {
  start_faulty_registry
  login_for "$FAULTY"
  try pull -q "$FAULTY/redirect-blob/app:1"
  exits 0
  grep -q ' /elsewhere/blob host=localhost.* auth=no status=200' "$E2E/faulty.requests" ||
    fail "requests: $(grep -E 'elsewhere|redirect' "$E2E/faulty.requests")"
  ! grep -q ' /elsewhere/blob .* auth=yes' "$E2E/faulty.requests" || fail "the login went to another host"
  try rmi "$FAULTY/redirect-blob/app:1" # the next tests' layer is the same
  exits 0
}

@test "where a redirect leads, nobody can ask for the registry's login" {
  start_faulty_registry
  login_for "$FAULTY"
  try pull "$FAULTY/redirect-blob-login/app:1"
  exits 1
  explains "$FAULTY" "localhost:${FAULTY#*:}, which wants a login"
  grep -q ' /elsewhere/login .* auth=no status=401' "$E2E/faulty.requests" || fail "the redirect was not followed"
  ! grep ' /elsewhere/token' "$E2E/faulty.requests" || fail "the token server of another host was asked"
}

@test "a redirect to file:// is not followed" {
  start_faulty_registry
  mkdir -p "$HOME/.docker"
  login_for "$FAULTY"
  try pull "$FAULTY/redirect-blob-file/app:1"
  exits 1
  explains "$FAULTY"
}

@test "redirects that go in circles end" {
  start_faulty_registry
  login_for "$FAULTY"
  try pull "$FAULTY/redirect-blob-loop/app:1"
  exits 1
  explains "redirect"
}
