# Bad command lines: one sentence each, the right exit code.
load lib

refuses() {  # CODE PATTERN ARGS...
  local code=$1 pattern=$2
  shift 2
  try "$@"
  exits "$code"
  explains "$pattern"
  prints ""
}

@test "an unknown command, with the near one named" {
  try rnu
  [ "$status" != 0 ] || fail "rnu was accepted"
  explains "rnu" "run"
}

@test "unknown flags are named, with the near one" {
  refuses 125 "--nmae.*--name" run --nmae x builtin/busybox true
  refuses 125 "-Z" run -Z builtin/busybox true
  for command in ps images rmi rm pull exec load info version; do
    try $command --nosuchflag x
    [ "$status" = 125 ] || [ "$status" = 1 ] || fail "expected exit code 125 or 1"
    explains "nosuchflag"
  done
}

@test "flags that only a daemon has are refused as such; Docker's other global flags are known" {
  local flag
  for flag in --host -H --tlscacert --tlscert --tlskey; do refuses 125 "there is no daemon" $flag tcp://10.0.0.1:2375 ps; done
  for flag in --tls --tlsverify -H=unix:///run/docker.sock; do refuses 125 "there is no daemon" $flag ps; done
  refuses 125 "no context 'far'" --context far ps
  refuses 125 "loud" -l loud ps
  try -D -l info -l=fatal --log-level=error -c default --context=default ps -aq
  exits 0
  prints ""
  cd "$BATS_TEST_TMPDIR"
  mkdir config
  echo '{"auths":{"127.0.0.1:1":{"auth":"YTpi"}}}' >config/config.json
  try --config config logout 127.0.0.1:1
  exits 0
  ! grep -q YTpi config/config.json || fail "the login is still there"
}

@test "-it without a terminal is told in Docker's words, with its exit code; create -it needs none" {
  refuses 1 "the input device is not a TTY" run --rm -it --network none builtin/busybox true </dev/null
  refuses 1 "the input device is not a TTY" exec -it nosuch true </dev/null
  try create -it --name later --network none builtin/busybox true </dev/null
  exits 0
  try rm later
  exits 0
}

@test "letters take a value behind '='" {
  try run -it=false --rm --network none -e=A=b -u=1 -w=/tmp -v="$BATS_TEST_TMPDIR:/x" builtin/busybox sh -c 'echo $A; id -u; pwd; ls -d /x'
  exits 0
  prints $'b\n1\n/tmp\n/x'
  try ps -a=true -n=2 -q=1
  exits 0
  refuses 125 "accepted|maybe" ps -a=maybe
}

@test "flags of Docker that ask for nothing are taken, and refused where they ask for something" {
  try run --rm --network none --disable-content-trust --isolation default builtin/busybox true
  exits 0
  refuses 125 "hyperv" run --rm --network none --isolation hyperv builtin/busybox true
  refuses 125 "signatures" run --rm --network none --disable-content-trust=false builtin/busybox true
  refuses 1 "signatures" pull --disable-content-trust=false builtin/busybox
}

@test "a group alone and --help list its commands" {
  local group
  for group in container image network system volume; do
    for words in "$group" "$group --help" "$group -h" "help $group"; do
      # shellcheck disable=SC2086
      try $words
      exits 0
      quiet
      shows "^Usage: ccocker $group COMMAND$"
      shows '^  [a-z, ]*prune +Remove '
    done
    refuses 1 "unknown command: $group nosuch" $group nosuch
    refuses 125 "nosuch" $group --nosuch
  done
  try --help
  shows '^  network disconnect +Take a container off a network$'
}

@test "a flag without its value" { refuses 125 "--name|value" run --name; }

@test "missing words" {
  for command in run exec rm rmi pull; do
    try $command
    [ "$status" != 0 ] || fail "$command without words succeeded"
    explains "$command|requires|needs|argument"
  done
}

@test "bad image names are refused before the network is asked" {
  local bad
  for bad in UPPER 'a//b' 'a:' ':tag' 'a@sha256:123' 'a b' '../x' 'a:b:c' '-x/' "$(printf 'a%.0s' $(seq 300))"; do
    try pull -- "$bad"
    [ "$status" = 1 ] || [ "$status" = 125 ] || fail "expected exit code 1 or 125 for '$bad'"
    explains
  done
}

@test "bad --platform, --pull, --network, --stop-signal, --hostname, --add-host, --dns, -e, --env-file, -w" {
  refuses 125 "nosuch" run --platform nosuch/arch/x/y/z builtin/busybox true
  refuses 125 "sometimes" run --pull sometimes builtin/busybox true
  refuses 125 "moon" run --network moon builtin/busybox true
  refuses 125 "SIGFOO" run --stop-signal SIGFOO builtin/busybox true
  refuses 125 "nonsense" run --add-host nonsense builtin/busybox true
  refuses 125 "notanip" run --dns notanip builtin/busybox true
  refuses 125 "=x" run -e =x builtin/busybox true
  refuses 125 "/nonexistent.env" run --env-file /nonexistent.env builtin/busybox true
  refuses 125 "relative" run -w relative builtin/busybox true
  refuses 125 "sysctl|nosuch" run --sysctl nosuch builtin/busybox true
  refuses 125 "sysctl|kernel.panic" run --sysctl kernel.panic=1 builtin/busybox true
}

@test "words of Docker's that mean nothing here are refused with a reason" {
  refuses 125 "runtime: ccocker is the runtime" run --runtime runc builtin/busybox true
  refuses 125 "memory-swappiness: .*--memory-swap limits" run --memory-swappiness=0 builtin/busybox true
  refuses 125 "oom-kill-disable: .*--oom-score-adj" run --oom-kill-disable builtin/busybox true
  refuses 125 "log-opt: compress: .*not compressed" run --log-opt compress=true builtin/busybox true
  refuses 125 "ipc: .*shareable" run --ipc none builtin/busybox true
  try run --rm -c 512 --ipc shareable --tmpfs /x:relatime --tmpfs /y:strictatime --log-opt compress=false builtin/busybox sh -c 'grep -c " /[xy] tmpfs " /proc/mounts'
  exits 0
  prints 2
}

@test "containers that are not there" {
  for command in rm exec; do
    try $command nosuchcontainer true
    exits 1
    says "nosuchcontainer"
  done
}

@test "help goes to stdout with code 0" {
  for words in --help "run --help" "pull --help" "ps --help" help; do
    # shellcheck disable=SC2086
    try $words
    exits 0
    shows '[Uu]sage'
    quiet
  done
}

@test "errors go to stderr when stdout is closed, and a full stdout is noticed" {
  run bash -c '"$CCOCKER" version >/dev/full'
  [ "$status" != 0 ] || fail "a write to a full device went unnoticed"
}

@test "version and info" {
  try version
  exits 0
  shows '[0-9]+\.[0-9]+'
  try info
  exits 0
  shows "$CCOCKER_ROOT"
}

@test "version and info answer what Docker's scripts ask" {
  local number=$("$CCOCKER" --version | sed 's/.* //')
  try version --format '{{.Server.Version}} {{.Client.Version}} {{.Version}} {{.Server.Os}}/{{.Server.Arch}} {{.Server.KernelVersion}} [{{.Server.APIVersion}}]'
  exits 0
  shows "^$number $number $number linux/[a-z0-9]+ $(uname -r) \[\]$"
  try version
  shows '^Client:'
  shows '^Server:'
  shows "^ +Version: +$number$"
  try version --format json
  same "$("$PYTHON" -c 'import json, sys; it = json.load(sys.stdin); print(it["Server"]["Version"] == it["Client"]["Version"], "APIVersion" in it["Server"])' <<<"$output")" "True False"
  try version --format '{{.Server.Nosuch}}'
  exits 1
  try info -f '{{.CgroupDriver}} {{.Swarm.LocalNodeState}} {{.DefaultRuntime}} {{.LoggingDriver}} [{{.ID}}] {{.Labels}} {{len .Runtimes}}{{range .SecurityOptions}} {{.}}{{end}}'
  exits 0
  prints 'cgroupfs inactive ccocker json-file [] [] 1 name=seccomp,profile=builtin name=cgroupns'
  try info -f '{{.CgroupVersion}}{{range .DriverStatus}} {{index . 0}}{{end}}'
  shows '^[12] Backing Filesystem$'
  run --separate-stderr env -u http_proxy HTTP_PROXY=http://me:secret@proxy:1 "$CCOCKER" info -f '{{.HTTPProxy}} {{json .Warnings}}'
  exits 0
  shows '^http://me@proxy:1 '
  try info
  for line in "Server Version: $number" "Docker Root Dir: $CCOCKER_ROOT" 'Cgroup Driver: cgroupfs' 'Cgroup Version: [12]' 'Logging Driver: json-file'; do
    shows "^ $line$"
  done
}
