# login and logout: what registries are asked, and what is kept where.
load lib

prepare_file() { start_htpasswd_registry; }
setup() {
  rm -rf "$HOME/.docker"
  HOST=$(address_of htpasswd)
}

kept() { "$PYTHON" -c 'import json,sys; print(json.dumps(json.load(open(sys.argv[1])), sort_keys=True))' "$HOME/.docker/config.json"; }

@test "login keeps the login in a file that only its owner reads, and logout takes it out" {
  try_with_input s3cret login -u reader --password-stdin "$HOST"
  exits 0
  prints "Login Succeeded"
  says "stored unencrypted in '$HOME/.docker/config.json'"
  same "$(stat -c %a "$HOME/.docker/config.json")" 600
  same "$(kept)" "{\"auths\": {\"$HOST\": {\"auth\": \"$(printf reader:s3cret | base64)\"}}}"
  try logout "$HOST"
  prints "Removing login credentials for $HOST"
  same "$(kept)" '{"auths": {}}'
  try logout "$HOST"
  prints "Not logged in to $HOST"
}

@test "a wrong password is refused, is not kept and is not printed" {
  try_with_input wr0ngpw login -u reader --password-stdin "$HOST"
  exits 1
  explains "$HOST" "login"
  [[ "$stderr$output" != *wr0ngpw* ]] || fail "the password is in the message"
  [ ! -e "$HOME/.docker/config.json" ] || fail "it was kept"
}

@test "a token registry takes the login, too" {
  start_token_registry
  try_with_input s3cret login -u reader --password-stdin "$(address_of token)"
  exits 0
  prints "Login Succeeded"
  try_with_input no login -u reader --password-stdin "$(address_of token)"
  exits 1
}

@test "all else in config.json stays as it was" {
  mkdir -p "$HOME/.docker"
  printf '{"zeta": [1, 2], "auths": {"other:5000": {"auth": "YTpi"}}, "HttpHeaders": {"a": "b"}}' >"$HOME/.docker/config.json"
  try_with_input s3cret login -u reader --password-stdin "http://$HOST/v1/"
  exits 0
  same "$(kept)" "{\"HttpHeaders\": {\"a\": \"b\"}, \"auths\": {\"$HOST\": {\"auth\": \"$(printf reader:s3cret | base64)\"}, \"other:5000\": {\"auth\": \"YTpi\"}}, \"zeta\": [1, 2]}"
  same "$(head -c 12 "$HOME/.docker/config.json" | tr -d '\n\t')" '{"zeta": ['
}

@test "config.json and its directory stay the user's own when root logs in for him (sudo -E)" {
  export HOME=$BATS_TEST_TMPDIR/home
  mkdir "$HOME"
  chown 1000:1001 "$HOME"
  try_with_input s3cret login -u reader --password-stdin "$HOST"
  exits 0
  same "$(stat -c %u:%g:%a "$HOME/.docker")" 1000:1001:700
  same "$(stat -c %u:%g:%a "$HOME/.docker/config.json")" 1000:1001:600
  chown 1002:1003 "$HOME/.docker/config.json"
  chmod 640 "$HOME/.docker/config.json"
  try logout "$HOST"
  exits 0
  same "$(kept)" '{"auths": {}}'
  same "$(stat -c %u:%g:%a "$HOME/.docker/config.json")" 1002:1003:640
}

@test "config.json may be a link, also to a file that is not there yet" {
  mkdir -p "$HOME/.docker" "$HOME/dotfiles"
  ln -s ../dotfiles/docker.json "$HOME/.docker/config.json"
  for step in make change; do
    try_with_input s3cret login -u reader --password-stdin "$HOST"
    exits 0
    same "$(readlink "$HOME/.docker/config.json")" ../dotfiles/docker.json
    grep -q "$HOST" "$HOME/dotfiles/docker.json"
  done
}

@test "a credential helper keeps the login instead" {
  mkdir -p "$HOME/.docker" "$BATS_TEST_TMPDIR/bin"
  printf '{"credsStore": "e2e"}' >"$HOME/.docker/config.json"
  cat >"$BATS_TEST_TMPDIR/bin/docker-credential-e2e" <<SH
#!/bin/sh
echo "\$1" >>"$BATS_TEST_TMPDIR/verbs"
case \$1 in
  get) [ -e "$BATS_TEST_TMPDIR/kept" ] && cat "$BATS_TEST_TMPDIR/kept" && exit 0; echo "credentials not found in native keychain"; exit 1 ;;
  store) cat >"$BATS_TEST_TMPDIR/kept" ;;
  erase) cat >/dev/null; rm -f "$BATS_TEST_TMPDIR/kept" ;;
esac
SH
  chmod +x "$BATS_TEST_TMPDIR/bin/docker-credential-e2e"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
  try_with_input s3cret login -u reader --password-stdin "$HOST"
  exits 0
  quiet
  grep -q '"Secret":"s3cret"' "$BATS_TEST_TMPDIR/kept"
  same "$(kept)" "{\"auths\": {\"$HOST\": {}}, \"credsStore\": \"e2e\"}"
  try login "$HOST"
  exits 0
  says "existing credentials"
  try logout "$HOST"
  exits 0
  [ ! -e "$BATS_TEST_TMPDIR/kept" ] || fail "the helper still has it"
}

@test "the password is typed without being shown" {
  need script
  local typescript=$BATS_TEST_TMPDIR/typescript
  answer() { # PATTERN LINE: types the line once the pattern is shown
    eventually grep -q "$1" "$typescript" && printf '%s\n' "$2"
  }
  : >"$typescript"
  { answer Username reader; answer Password s3cret; eventually grep -q Succeeded "$typescript"; } |
    script -qfec "$CCOCKER login $HOST" "$typescript" >/dev/null
  grep -q "Login Succeeded" "$typescript"
  same "$(grep -c s3cret "$typescript")" 0
}

@test "login asks for nothing where nobody can answer" {
  try login "$HOST"
  exits 1
  explains "non TTY"
  try login --password-stdin "$HOST"
  exits 1
  explains "username"
  try login -u a -p b --password-stdin "$HOST"
  exits 1
  explains "mutually exclusive"
}
