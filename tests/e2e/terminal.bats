# run -it in a real terminal (tmux): what people do at a shell, and a sane terminal afterwards.
load lib

setup() {
  need tmux
  socket=$BATS_TEST_TMPDIR/tmux
  tmux -S "$socket" -f /dev/null new-session -d -x 100 -y 30 "env PS1='host> ' bash --norc --noprofile -i" 3>&-
  screen_has 'host>'
  type_line "stty -a >$BATS_TEST_TMPDIR/stty.before; echo ok-\$((1+1))"
  screen_has '^ok-2'
}

teardown() { tmux -S "$socket" kill-server 2>/dev/null || true; }

screen() { tmux -S "$socket" capture-pane -p; }
keys() { tmux -S "$socket" send-keys "$@"; }
type_line() { keys -l "$1" && keys Enter; }
shown_by_now() { screen | grep -qE -- "$1"; }
screen_has() { eventually shown_by_now "$1" || fail "the screen never showed: $1
$(screen)"; }

# A command that runs: before it does the line editor has the terminal, where keys mean other things.
type_sleep() {
  type_line "$(marked_sleep)"
  sleeps() { [ -n "$(running "$(marked_sleep)")" ]; }
  eventually sleeps
}

start_shell() {
  type_line "clear; '$CCOCKER' run --rm -it -e PS1='box# ' $* builtin/busybox sh"
  screen_has '^box#'
}

# The same settings as before the run, and a shell that echoes.
expect_sane_terminal() {
  type_line "stty -a >$BATS_TEST_TMPDIR/stty.after; echo sane-\$((2+3))"
  screen_has '^sane-5'
  diff "$BATS_TEST_TMPDIR/stty.before" "$BATS_TEST_TMPDIR/stty.after" || fail "the terminal's settings changed"
}

@test "line editing works: characters are echoed once, backspace and the arrow keys edit" {
  start_shell
  keys -l 'echo axc'; keys BSpace BSpace; keys -l 'bc'; keys Left; keys -l 'X'; keys Enter
  screen_has '^abXc$'
  keys Up Enter
  twice() { [ "$(screen | grep -c '^abXc$')" = 2 ]; }
  eventually twice
  type_line exit
  screen_has 'host>'
  expect_sane_terminal
}

@test "^C interrupts the container's command, not ccocker" {
  start_shell
  type_sleep
  keys C-c
  type_line 'echo code $?'
  screen_has '^code 130'
  type_line 'exit 3'
  screen_has 'host>'
  type_line 'echo code $?'
  screen_has '^code 3'
}

@test "^Z stops the container's command, fg goes on" {
  start_shell
  type_sleep
  keys C-z
  screen_has 'Stopped'
  type_line 'kill %1; echo still here'
  screen_has '^still here'
  type_line exit
}

@test "^D ends the shell" {
  start_shell
  keys C-d
  screen_has 'host>'
  expect_sane_terminal
}

@test "the size is the terminal's, and follows it" {
  start_shell
  type_line 'stty size'
  screen_has '^30 100$'
  tmux -S "$socket" resize-window -x 77 -y 22
  resized() { type_line 'stty size'; sleep 0.2; shown_by_now '^22 77$'; }
  eventually resized
}

@test "a full-screen program: vi" {
  start_shell
  type_line 'vi /tmp/file'
  screen_has '^~'
  keys -l 'ihello from vi'; keys Escape; sleep 0.2; keys -l ':wq'; keys Enter
  screen_has '^box#'
  type_line 'clear; cat /tmp/file'
  screen_has '^hello from vi'
  type_line exit
  screen_has 'host>'
  expect_sane_terminal
}

@test "colours and UTF-8 pass through" {
  start_shell
  type_line "printf '\\303\\274nicode \\342\\234\\223\\n'"
  screen_has '^ünicode ✓'
}

supervisor_in_tmux() {  # the ccocker process of this test's shell
  own_processes 'run --rm -it' | sort -rn | head -1
}

@test "the terminal is sane after SIGTERM to ccocker" {
  start_shell
  kill -TERM "$(supervisor_in_tmux)"
  # An interactive shell as PID 1 ignores SIGTERM; a second one, then the hang-up, have to end it.
  sleep 1
  pid=$(supervisor_in_tmux)
  [ -z "$pid" ] || type_line exit
  screen_has 'host>'
  expect_sane_terminal
}

@test "the terminal is sane after SIGTERM that ends the container" {
  type_line "clear; '$CCOCKER' run --rm -it builtin/busybox sh -c 'trap \"exit 9\" TERM; echo up; while :; do sleep 0.1; done'"
  screen_has '^up'
  kill -TERM "$(supervisor_in_tmux)"
  screen_has 'host>'
  expect_sane_terminal
}

@test "the terminal is sane when the command does not exist" {
  type_line "clear; '$CCOCKER' run --rm -it builtin/busybox nosuchcommand"
  screen_has 'nosuchcommand'
  expect_sane_terminal
}

@test "closing the terminal ends ccocker and its container" {
  start_shell
  tmux -S "$socket" kill-server
  gone() { [ -z "$(supervisor_in_tmux)" ]; }
  eventually gone
}

# start_exec ARGS...: a shell in the running container `held`.
start_exec() {
  "$CCOCKER" run -d --name held builtin/busybox sleep 1000 >/dev/null
  type_line "clear; '$CCOCKER' exec -it $* held env PS1='held# ' sh; echo code \$?"
  screen_has '^held#'
}

@test "exec -it is left by ctrl-p ctrl-q, or by --detach-keys; the command goes on, and its end is told" {
  start_exec
  type_line 'echo on-$((1+1)); while [ ! -e /go ]; do sleep 0.1; done; seq 100000; echo was here >/there; exit 7'
  screen_has '^on-2'
  keys C-p C-q
  screen_has '^read escape sequence'
  screen_has '^code 0'
  expect_sane_terminal
  "$CCOCKER" exec held touch /go
  there() { "$CCOCKER" exec held cat /there 2>/dev/null; }
  eventually there
  told() { "$CCOCKER" events --since 0 --until 0s --filter container=held --format '{{.Action}} {{.Actor.Attributes.exitCode}}' | grep -qx 'exec_die 7'; }
  eventually told
  "$CCOCKER" events --since 0 --until 0s --filter event=exec_detach --format '{{.Action}}' | grep -qx exec_detach
  gone() { [ -z "$(own_processes 'exec -it')" ]; }
  eventually gone
  type_line "clear; '$CCOCKER' exec --detach-keys ctrl-x,x -it held sh; echo code \$?"
  screen_has '/ #'
  keys C-p C-q C-x y
  keys C-x x
  screen_has '^code 0'
  "$CCOCKER" rm -f held >/dev/null
}

@test "exec -it: exit codes, ^C, ^Z of ccocker's job, SIGTERM, and its death by SIGKILL" {
  start_exec
  type_sleep
  keys C-c
  type_line 'exit 3'
  screen_has '^code 3'
  expect_sane_terminal
  type_line "clear; '$CCOCKER' exec -it held nosuch; echo code \$?"
  screen_has '^code 127'
  type_line "clear; '$CCOCKER' exec -it held sh -c 'trap \"exit 9\" TERM; echo up; while :; do sleep 0.1; done'; echo code \$?"
  screen_has '^up'
  front=$(own_processes 'exec -it' | sort -n | head -1)
  kill -TSTP "$front"
  screen_has 'Stopped'
  expect_sane_terminal
  type_line fg
  sleep 0.3
  kill -TERM "$front"
  gone() { [ -z "$(own_processes 'exec -it')" ]; }
  eventually gone
  type_line 'echo code $?'
  screen_has '^code 9'
  expect_sane_terminal
  type_line "clear; '$CCOCKER' exec -it held sh -c 'echo up; sleep 1234'"
  screen_has '^up'
  kill -KILL "$(own_processes 'exec -it' | sort -n | head -1)"
  gone() { [ -z "$(own_processes 'exec -it')" ] && ! "$CCOCKER" top held | grep -q 'sleep 1234'; }
  eventually gone
  "$CCOCKER" rm -f held >/dev/null
}

@test "-t without a terminal is a sentence" {
  try_with_input "" run --rm -t -i builtin/busybox true
  [ "$status" = 0 ] && return
  exits 1
  explains "terminal|TTY"
}

@test "pull draws bars on a terminal and leaves a clean screen" {
  need_image medium
  type_line "clear; '$CCOCKER' pull '$IMAGE'; echo code \$?"
  screen_has '^code 0'
  expect_sane_terminal
}
