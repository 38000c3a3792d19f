# What every end-to-end file shares: its own --root and --state, words for running ccocker and judging what it did.
# Servers and images are in servers.bash and images.bash; both make things on first use, once for the whole run.
E2E_SOURCE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
CCOCKER=$(realpath "${CCOCKER:-$E2E_SOURCE/../../build/release/ccocker}")
E2E=${E2E:-$BATS_SUITE_TMPDIR/e2e}
TOOLS=$E2E_SOURCE/tools
PYTHON=/usr/bin/python3
export CCOCKER
. "$E2E_SOURCE/servers.bash"
. "$E2E_SOURCE/images.bash"

# The machine's own proxies, certificates and logins are not what is tested.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE DOCKER_CONFIG REGISTRY_AUTH_FILE

# For the end of the file, which looks for what its tests left in their own directories.
[ -z "${BATS_TEST_TMPDIR:-}" ] || echo "$BATS_TEST_TMPDIR" >>"$BATS_FILE_TMPDIR/test-directories"

setup_file() {
  export CCOCKER_ROOT=$BATS_FILE_TMPDIR/root CCOCKER_STATE=$BATS_FILE_TMPDIR/state
  export HOME=$BATS_FILE_TMPDIR/home
  mkdir -p "$HOME"
  if declare -F prepare_file >/dev/null; then prepare_file; fi
}

# Every file ends with the claim that it left nothing: no process, cgroup or mount of its containers.
teardown_file() {
  if declare -F finish_file >/dev/null; then finish_file; fi
  local left end=$((SECONDS + 30))
  until take_networks_down; left=$(left_by_this_file); [ -z "$left" ]; do
    [ $SECONDS -lt $end ] || { echo "left behind by $BATS_TEST_FILENAME: $left" >&2; return 1; }
    sleep 0.2
  done
}

# ---- running ---------------------------------------------------------------------------------------------------------

# Runs ccocker with a limit on its time; sets $status, $output, $stderr. LIMIT_S changes the limit.
try() {
  shown="ccocker $*"
  run --separate-stderr timeout -k 5 "${LIMIT_S:-60}" "$CCOCKER" "$@"
}

# The same with standard input from the first argument.
try_with_input() {
  local input=$1
  shift
  shown="ccocker $* <<<'${input:0:80}'"
  run --separate-stderr timeout -k 5 "${LIMIT_S:-60}" "$CCOCKER" "$@" < <(printf '%s' "$input")
}

# Starts `ccocker run ARGS` in the background and waits until its container's first process runs the command and every
# command sees it running, which its supervisor writes down a moment after.
# Sets $supervisor and $container_pid (as the host counts). Output goes to $BATS_TEST_TMPDIR/background.{out,err}.
start_container() {
  shown="ccocker run $* &"
  "$CCOCKER" run "$@" >"$BATS_TEST_TMPDIR/background.out" 2>"$BATS_TEST_TMPDIR/background.err" </dev/null 3>&- &
  supervisor=$!
  local end=$((SECONDS + 60))
  until container_pid=$(first_process_of "$supervisor") && is_written_down "$container_pid"; do
    kill -0 "$supervisor" 2>/dev/null && [ $SECONDS -lt $end ] ||
      { fail "the container did not start: $(cat "$BATS_TEST_TMPDIR/background.err")"; return 1; }
    sleep 0.05
  done
}

# Whether a container's record has that first process; no command is asked, as a command sweeps.
is_written_down() { grep -qsE "\"pid\": ?$1[,}]" "$CCOCKER_ROOT"/containers/*/state.json; }

# The child of a supervisor that has reached its command, i.e. runs another program than ccocker.
first_process_of() {
  local child
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
    [ "$(basename "$(readlink "/proc/$child/exe")")" != ccocker ] || continue
    [ -n "$(readlink "/proc/$child/exe")" ] || continue
    echo "$child"
    return 0
  done
  return 1
}

# Ends what start_container started.
stop_container() {
  kill -KILL "$container_pid" 2>/dev/null
  wait "$supervisor" 2>/dev/null || true
}

# ---- judging ---------------------------------------------------------------------------------------------------------

fail() {
  {
    echo "FAILED: $*"
    echo "command: ${shown:-none}"
    echo "status: ${status:-none}"
    echo "stdout: ${output:-}"
    echo "stderr: ${stderr:-}"
  } >&2
  return 1
}

exits() { [ "$status" = "$1" ] || fail "expected exit code $1"; }
prints() { [ "$output" = "$1" ] || fail "expected on stdout exactly: $1"; }
shows() { grep -qE -- "$1" <<<"$output" || fail "expected on stdout to match: $1"; }
hides() { ! grep -qE -- "$1" <<<"$output" || fail "did not expect on stdout: $1"; }
says() { grep -qiE -- "$1" <<<"$stderr" || fail "expected on stderr to match: $1"; }
quiet() { [ -z "$stderr" ] || fail "expected nothing on stderr"; }
same() { [ "$1" = "$2" ] || fail "expected '$2', have '$1'"; }

# A failure as the project promises it: one sentence from ccocker on stderr that matches every pattern given.
explains() {
  local pattern count
  count=$(grep -c '^ccocker: ' <<<"$stderr")
  [ "$count" = 1 ] || fail "expected one line starting with 'ccocker: ', found $count"
  for pattern in "$@"; do says "$pattern"; done
}

# ---- CPU time --------------------------------------------------------------------------------------------------------

cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / hz }' "/proc/$1/stat"; }
# What all its CPU controllers say: the periods in which it used up what it may.
throttled_periods() { find /sys/fs/cgroup -path "*ccocker*$1*" -name cpu.stat -exec cat {} + | awk '/^nr_throttled/ { print $2; exit }'; }

# A container that never sleeps gets this share of each period of 100 ms: never more, and where it was throttled not less.
# A machine that has nothing to give for a while proves nothing then, so it is asked several times.
has_cpu_share() {  # PID ID PERCENT
  local seen= round begin used ms throttled
  for round in 1 2 3 4 5 6 7 8 9 10; do
    begin=$(date +%s%N) throttled=$(throttled_periods "$2") used=$(cpu_ms "$1")
    sleep 2
    used=$(($(cpu_ms "$1") - used)) throttled=$(($(throttled_periods "$2") - throttled))
    ms=$((($(date +%s%N) - begin) / 1000000))
    seen="$seen; $used of $ms ms, throttled $throttled times"
    [ $used -le $((ms * $3 * 11 / 1000 + 50)) ] || break
    [ $throttled -lt 5 ] || [ $used -lt $((throttled * $3 * 8 / 10)) ] || return 0
  done
  fail "with $3 % of a core it used$seen"
}

# ---- what is left ----------------------------------------------------------------------------------------------------

# Bridges and rules outlive containers. Each --root that this file's tests used has networks of its own; tests whose
# root is on a file system that they take away prune them before.
take_networks_down() {
  local networks root state
  for networks in $(find "$BATS_FILE_TMPDIR" $(cat "$BATS_FILE_TMPDIR/test-directories" 2>/dev/null) -maxdepth 4 -type d -name networks 2>/dev/null); do
    root=${networks%/networks} state=$CCOCKER_STATE
    [ -d "$root/containers" ] || continue
    case $root in */root) state=${root%root}state ;; esac
    "$CCOCKER" --root "$root" --state "$state" network prune -f >/dev/null 2>&1 || true
  done
}

# Processes, cgroups and mounts that belong to this file's containers (found by this file's --root and their IDs).
left_by_this_file() {
  local id pid
  for pid in $(own_processes); do echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"; done
  for id in $(cat "$BATS_FILE_TMPDIR/ids" 2>/dev/null) $(ls "$CCOCKER_ROOT/containers" 2>/dev/null); do
    find /sys/fs/cgroup -type d -path "*ccocker*$id*" 2>/dev/null | sed 's/^/cgroup /'
  done
  grep -F "$BATS_FILE_TMPDIR" /proc/self/mountinfo | awk '{ print "mount", $5 }'
  ls "$CCOCKER_ROOT/networks" 2>/dev/null | sed 's/^/network /'
  return 0
}

# The ccocker processes of this file, by the root in their environment; with an argument only those whose command line
# has it.
own_processes() {
  local pid
  local program=${REAL_CCOCKER:-$CCOCKER}  # net.bash puts it on another machine
  for pid in $(pgrep -f -- "$(basename "$program") .*${1:-}"); do
    [ "$(readlink "/proc/$pid/exe")" = "$program" ] || continue
    tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxF "CCOCKER_ROOT=$CCOCKER_ROOT" && echo "$pid"
  done
  return 0
}

# A suite may run beside this one, so what is counted is our own: by the containers our event log knows.
own_ids() { "$CCOCKER" events --since 0 --until 0s --filter type=container --format '{{.Actor.ID}}' 2>/dev/null | sort -u; }
own_cgroups() { find /sys/fs/cgroup -mindepth 2 -type d -path '*/ccocker/*' 2>/dev/null | grep -F "$(own_ids | grep . || echo none)" | sort; }
own_links() { ip -o link | grep -oF "$(own_ids | sed 's/^\(.\{8\}\).*/ vcc\1/' | grep . || echo none)" | sort; }
# The host's mounts without those in the directories of other files' tests.
host_mounts() {
  awk -v own="$BATS_FILE_TMPDIR" '$5 ~ "^/run/netns" || ($5 ~ "/bats-run-" && index($5, own) != 1) { next } { print $5 }' /proc/self/mountinfo | sort
}
# Fails unless the host soon has the mounts, links and cgroups it had: the kernel takes a dead namespace's links away in
# its own time.
leaves_nothing_beyond() {  # MOUNTS
  settled() { [ "$(host_mounts; own_links; own_cgroups)" = "$1" ]; }
  eventually settled "$1"
}
# A command line for a container that no other test's has, to find its process by: sleep 1000.4711
marked_sleep() { echo "sleep 1000.$$"; }
running() { pgrep -fx "$1" || true; }

# Whether the kernel's overlayfs takes an upper directory on the file system at DIR, which it does not on every tmpfs.
takes_overlay() {  # DIR
  local place=$1/probe result=0
  mkdir -p "$place"/{lower,upper,work,merged}
  mount -t overlay none -o "lowerdir=$place/lower,upperdir=$place/upper,workdir=$place/work" "$place/merged" 2>/dev/null || result=1
  [ $result != 0 ] || umount "$place/merged"
  rm -rf "$place"
  return $result
}

# Fails unless `"$@"` succeeds within a minute.
eventually() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $end ] || { fail "never became true: $*"; return 1; }
    sleep 0.1
  done
}

need() {  # COMMAND...: skips the test with a reason where a tool is missing
  local command
  for command in "$@"; do
    command -v "$command" >/dev/null || skip "$command is not installed"
  done
}
