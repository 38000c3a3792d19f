# Volumes: named, anonymous and those that images ask for.
load lib

teardown() {
  "$CCOCKER" ps -aq | xargs -r "$CCOCKER" rm -fv >/dev/null
  "$CCOCKER" volume prune -af >/dev/null
}

volume_count() { "$CCOCKER" volume ls -q | wc -l; }

@test "volume create, ls, inspect and rm" {
  try volume create data --label a=b
  prints data
  try volume create data
  prints data
  try volume ls
  prints "$(printf 'DRIVER    VOLUME NAME\nlocal     data')"
  try volume inspect -f '{{.Mountpoint}}' data
  [ -d "$output" ] || fail "there is no directory $output"
  try volume inspect data
  shows '"Scope": "local"'
  "$PYTHON" -c 'import json,sys; v = json.loads(sys.argv[1])[0]; assert v["Labels"] == {"a": "b"} and v["Name"] == "data"' "$output"
  try volume rm data
  prints data
  try volume rm data
  exits 1
  explains "no such volume: data"
  try volume rm -f data
  exits 0
}

@test "a named volume outlives its containers and is seen by several" {
  try run --rm -v shared:/data builtin/busybox sh -c 'echo kept >/data/file'
  exits 0
  try run --rm --mount type=volume,source=shared,target=/mnt,readonly builtin/busybox sh -c 'cat /mnt/file; echo x >/mnt/file'
  exits 1
  prints kept
}

@test "a volume in use is not removed" {
  try run --name holder -v held:/data builtin/busybox true
  try volume rm held
  exits 1
  explains "volume is in use" "$("$CCOCKER" ps -aq --no-trunc)"
  try rm holder
  try volume rm held
  exits 0
}

@test "a new volume takes what the image has at its place, with owners, modes and links" {
  try run --name base builtin/busybox sh -c 'mkdir -p /srv/d; echo 1 >/srv/one; chmod 640 /srv/one; chown 3:4 /srv/one; ln /srv/one /srv/d/two; ln -s one /srv/link; chown 5:6 /srv; chmod 1770 /srv'
  try commit base with/files
  exits 0
  try run --rm -v filled:/srv with/files sh -c 'cat /srv/d/two; stat -c "%a %u:%g" /srv /srv/one; [ /srv/one -ef /srv/d/two ] && readlink /srv/link; rm /srv/one'
  prints "$(printf '1\n1770 5:6\n640 3:4\none')"
  try run --rm -v filled:/srv with/files ls /srv
  prints "$(printf 'd\nlink')"
  try run --rm -v empty:/srv:nocopy with/files ls /srv
  prints ""
}

lines_of() { "$CCOCKER" logs "$1" 2>/dev/null | wc -l; }
has_lines() { [ "$(lines_of "$1")" -ge "$2" ]; }

@test "a volume that its container has emptied is not filled again: restart, and restarts by the policy" {
  try run --name base builtin/busybox sh -c 'mkdir /data; echo 1 >/data/seed'
  try commit base with/seed
  exits 0
  # Each run tells what it finds, and leaves nothing.
  local job='echo "$(ls -A /data | tr "\n" " ")$(stat -c "%a %u" /data)"; rm -f /data/seed; chown 1000 /data; chmod 700 /data'
  "$CCOCKER" run -d --name once -v kept:/data with/seed sh -c "$job; exec sleep 1000" >/dev/null
  eventually has_lines once 1
  try restart -t 0 once
  exits 0
  eventually has_lines once 2
  try logs once
  prints $'seed 755 0\n700 1000'
  "$CCOCKER" run -d --name again --restart on-failure:2 -v policy:/data with/seed sh -c "$job; exit 1" >/dev/null
  eventually has_lines again 3
  try logs again
  prints $'seed 755 0\n700 1000\n700 1000'
}

@test "anonymous volumes and the image's own go with --rm and rm -v, and stay otherwise" {
  same "$(volume_count)" 0
  try run --rm -v /anon builtin/busybox sh -c 'mount | grep -q " /anon "'
  exits 0
  same "$(volume_count)" 0
  try run --name maker builtin/busybox true
  try commit -c 'VOLUME /var/data' maker wants/volume
  try run --rm wants/volume sh -c 'mount | grep -q " /var/data "'
  exits 0
  same "$(volume_count)" 0
  try run --name stays wants/volume sh -c 'echo here >/var/data/x'
  exits 0
  same "$(volume_count)" 1
  try run --rm --volumes-from stays:ro builtin/busybox cat /var/data/x
  prints here
  same "$(volume_count)" 1
  try rm stays
  same "$(volume_count)" 1
  try run --name again wants/volume true
  try rm -v again
  same "$(volume_count)" 1
}

@test "an anonymous volume that was named stays with --rm and rm -v, one taken over from another container goes" {
  local volume=$("$CCOCKER" volume create)
  try run --rm -v "$volume:/data" builtin/busybox sh -c 'echo kept >/data/x'
  exits 0
  try run --name named -v "$volume:/data" --mount type=volume,dst=/anon builtin/busybox cat /data/x
  prints kept
  same "$(volume_count)" 2
  try run --name taker --volumes-from named builtin/busybox true
  try rm -v named
  same "$(volume_count)" 2
  try rm -v taker
  exits 0
  same "$("$CCOCKER" volume ls -q)" "$volume"
  try volume rm "$volume"
  exits 0
}

@test "a run that cannot begin leaves no anonymous volume behind" {
  try run --name taken builtin/busybox true
  try run --name taken -v /anon builtin/busybox true
  exits 125
  same "$(volume_count)" 0
}

@test "volume prune: anonymous ones that nobody uses, with -a all such" {
  try run --name user -v /anon builtin/busybox true
  try volume create named
  try volume prune -f
  exits 0
  prints "Total reclaimed space: 0B"
  try rm user
  try volume prune -f
  shows "^Deleted Volumes:"
  same "$("$CCOCKER" volume ls -q)" named
  try_with_input n volume prune -a
  shows "all local volumes not used by at least one container"
  same "$(volume_count)" 1
  try_with_input y volume prune -a
  shows "^named$"
  same "$(volume_count)" 0
}

@test "bad volumes are refused with a sentence" {
  try volume create a/b
  exits 1
  explains "invalid characters for a local volume name"
  try run --rm -v 'x y:/z' builtin/busybox true
  exits 125
  explains "invalid characters"
  try run --rm --mount type=volume,source=/host,target=/z builtin/busybox true
  exits 125
  explains "bind"
  try volume create -d nfs x
  exits 1
  explains "nfs"
  try volume frobnicate
  explains "create, inspect, list, ls"
}

# Starts `volume rm big` and stops it (SIGSTOP) while it deletes; sets $removing.
stop_within_removal() {
  local try
  for try in 1 2 3 4 5; do
    "$CCOCKER" volume create big >/dev/null
    "$PYTHON" -c 'import sys
for i in range(40000): open(f"{sys.argv[1]}/{i}", "w").close()' "$CCOCKER_ROOT/volumes/big/_data"
    "$CCOCKER" volume rm big >/dev/null 3>&- &
    removing=$!
    until compgen -G "$CCOCKER_ROOT/volumes/.removed-*" >/dev/null || ! kill -0 $removing 2>/dev/null; do :; done
    kill -STOP $removing 2>/dev/null || true
    ! compgen -G "$CCOCKER_ROOT/volumes/.removed-*" >/dev/null || return 0
    kill -KILL $removing 2>/dev/null || true
    wait $removing || true
  done
  fail "no removal was caught while it deleted"
}

@test "a removal keeps nobody waiting while it deletes, and what a killed one leaves goes at the next look" {
  stop_within_removal
  LIMIT_S=100 try run --rm -v other:/data builtin/busybox true
  local code=$status
  LIMIT_S=100 try volume rm other
  local code_of_rm=$status
  local left
  left=$(ls -A "$CCOCKER_ROOT/volumes")
  kill -KILL $removing
  wait $removing || true
  same "$code $code_of_rm" "0 0"
  grep -q '^\.removed-' <<<"$left" || fail "another command took away what the first was deleting"
  try volume ls -q
  prints ""
  same "$(ls -A "$CCOCKER_ROOT/volumes")" ""
}
