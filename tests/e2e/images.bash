# The images tests pull, made with umoci, skopeo and buildah on first use and pushed to the plain registry.
# need_image NAME makes images/NAME (see make_NAME below) and leaves its reference in $IMAGE.

need_image() {
  local name=$1
  (
    flock 9
    [ -e "$E2E/images/$name.done" ] && exit 0
    mkdir -p "$E2E/images/$name"
    cd "$E2E/images/$name" || exit 1
    "make_${name//-/_}" >"$E2E/images/$name.log" 2>&1 || { cat "$E2E/images/$name.log" >&2; exit 1; }
    touch "$E2E/images/$name.done"
  ) 9>"$E2E/images.lock" 3>&- || { fail "image $name could not be made"; return 1; }
  IMAGE=$REGISTRY/$name:1
}

# ---- the tools -------------------------------------------------------------------------------------------------------

busybox_root() {  # DIRECTORY: a small root filesystem around Debian's busybox-static
  local applet
  mkdir -p "$1"/{bin,dev,etc,home/app,proc,root,sys,tmp,usr/bin,var}
  cp /bin/busybox "$1/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n' >"$1/etc/passwd"
  printf 'root:x:0:\napp:x:1000:\nextra:x:2000:app\nstaff:x:50:\n' >"$1/etc/group"
  chown 1000:1000 "$1/home/app"
  chmod 1777 "$1/tmp"
}

pack() {  # DIRECTORY TAR: everything a tar can say about a tree
  tar --create --file "$2" --directory "$1" --format=posix --numeric-owner --sort=name --sparse --xattrs \
    --xattrs-include='*' --pax-option=delete=atime,delete=ctime .
}

new_image() {  # LAYOUT:TAG TAR... [-- umoci config options]: an OCI image of these layers
  local image=$1 layout=${1%%:*}
  shift
  [ -d "$layout" ] || umoci init --layout "$layout"
  umoci new --image "$image"
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    umoci raw add-layer --image "$image" "$1"
    shift
  done
  umoci config --image "$image" --config.cmd /bin/sh --config.env PATH=/usr/bin:/bin "${@:2}"
}

push() {  # LAYOUT:TAG NAME [skopeo options]
  local source=$1 name=$2
  shift 2
  skopeo copy --quiet --dest-tls-verify=false "$@" "oci:$source" "docker://$REGISTRY/$name"
}

base_tar() {  # makes ../base.tar, the layer that most images share
  [ -e ../base.tar ] && return
  busybox_root ../base-root && pack ../base-root ../base.tar
}

marker_tar() {  # TEXT TAR: a layer of one file, so that no two formats share a blob
  mkdir -p marker/etc && echo "$1" >marker/etc/marker && head -c 20000 /dev/urandom >marker/etc/noise
  pack marker "$2"
}

# ---- the images ------------------------------------------------------------------------------------------------------

make_base() { base_tar && new_image layout:1 ../base.tar && push layout:1 base:1 -f v2s2; }
make_oci() { base_tar && marker_tar oci m.tar && new_image layout:1 ../base.tar m.tar && push layout:1 oci:1 -f oci; }
make_docker() { base_tar && marker_tar docker m.tar && new_image layout:1 ../base.tar m.tar && push layout:1 docker:1 -f v2s2; }

make_zstd() {
  base_tar && marker_tar zstd m.tar && new_image layout:1 ../base.tar m.tar &&
    skopeo copy -q --dest-compress-format zstd oci:layout:1 oci:zstd:1 && push zstd:1 zstd:1
}

make_plain() {  # layers that are not compressed at all
  base_tar && marker_tar plain m.tar && new_image layout:1 ../base.tar m.tar &&
    skopeo copy -q --dest-decompress oci:layout:1 dir:unpacked &&
    skopeo copy -q --dest-oci-accept-uncompressed-layers dir:unpacked oci:plain:1 &&
    "$TOOLS/push_layout.py" plain "$REGISTRY" plain 1
}

make_configured() {
  base_tar && new_image layout:1 ../base.tar -- --config.entrypoint /bin/echo --config.entrypoint from-entrypoint \
    --clear config.cmd && umoci config --image layout:1 --config.cmd from-cmd --config.user app \
    --config.workingdir /made/here --config.env GREETING=hi --config.stopsignal SIGUSR1 --config.label a=b &&
    push layout:1 configured:1
}

make_health() {  # Docker's format, which alone has a HEALTHCHECK; it fails once /ok is gone
  mkdir context && busybox_root context/root && cat >context/Dockerfile <<'END' || return 1
FROM scratch
COPY root /
HEALTHCHECK --interval=200ms --timeout=10s --retries=2 --start-period=3s CMD test -e /ok
CMD ["/bin/sh", "-c", "touch /ok; exec sleep 1000"]
END
  local buildah="buildah --root $PWD/storage --runroot $PWD/run --storage-driver vfs"
  $buildah bud --isolation chroot --format docker -t health context &&
    $buildah push --tls-verify=false --format v2s2 health "docker://$REGISTRY/health:1"
}

make_platforms() {  # one index: linux/amd64, linux/arm64/v8, linux/s390x
  base_tar
  local buildah="buildah --root $PWD/storage --runroot $PWD/run --storage-driver vfs" arch
  $buildah manifest create all
  for arch in amd64 arm64 s390x; do
    rm -rf marker && marker_tar "$arch" m.tar && new_image "layout-$arch:1" ../base.tar m.tar -- --architecture "$arch"
    push "layout-$arch:1" "platforms:$arch"
    $buildah manifest add --tls-verify=false --arch "$arch" --os linux $([ $arch != arm64 ] || echo --variant v8) all \
      "docker://$REGISTRY/platforms:$arch" || return 1
  done
  $buildah manifest push --all --tls-verify=false all "docker://$REGISTRY/platforms:1"
}

make_arm_v6() {  # for linux/arm/v6, which an arm/v7 runs; umoci knows no variants
  local buildah="buildah --root $PWD/storage --runroot $PWD/run --storage-driver vfs"
  echo v6 >variant && $buildah from --name v6 scratch && $buildah add v6 variant / &&
    $buildah config --arch arm --variant v6 --cmd true v6 && $buildah commit --rm v6 arm-v6 &&
    $buildah push --tls-verify=false arm-v6 "docker://$REGISTRY/arm-v6:1"
}

make_foreign() {  # an index in which nothing is for this machine
  base_tar
  local buildah="buildah --root $PWD/storage --runroot $PWD/run --storage-driver vfs"
  marker_tar s390x m.tar && new_image layout:1 ../base.tar m.tar -- --architecture s390x && push layout:1 foreign:s390x &&
    $buildah manifest create all &&
    $buildah manifest add --tls-verify=false --arch s390x --os linux all "docker://$REGISTRY/foreign:s390x" &&
    $buildah manifest push --all --tls-verify=false all "docker://$REGISTRY/foreign:1"
}

# Everything a file system can hold and a tar can carry.
odd_tree() {  # DIRECTORY
  (
    cd "$1" || exit 1
    mkdir -p odd/{links,times,modes,owners,devices,sparse,names,xattrs}
    echo shared >odd/links/a && ln odd/links/a odd/links/b && ln odd/links/a odd/names/c
    ln -s a odd/links/relative && ln -s /odd/links/a odd/links/absolute && ln -s nowhere odd/links/dangling
    ln -s ../../../../../../etc/passwd odd/links/outward && ln -s loop odd/links/loop && ln odd/links/loop odd/links/loop2
    long=$(printf 'n%.0s' $(seq 250))
    echo long >"odd/names/$long" && mkdir -p "odd/names/$long-dir/$long/$long" && echo deep >"odd/names/$long-dir/$long/$long/file"
    ln -s "$long/$long/$long/$long" odd/names/long-link
    echo latin1 >odd/names/$'caf\xe9' && echo newline >odd/names/$'two\nlines' && echo utf8 >'odd/names/ünï©ode-日本'
    echo space >'odd/names/ leading and trailing ' && echo dash >odd/names/-rf && echo back >'odd/names/back\slash'
    echo dot >odd/names/.hidden && echo w >odd/names/wh.not-a-whiteout
    truncate -s 64M odd/sparse/file && printf middle | dd of=odd/sparse/file bs=1 seek=30000000 conv=notrunc status=none
    truncate -s 1M odd/sparse/all-hole && printf end >>odd/sparse/all-hole && : >odd/sparse/empty
    mknod odd/devices/null c 1 3 && mknod odd/devices/loop b 7 0 && mkfifo odd/devices/fifo && chmod 640 odd/devices/null
    for mode in 0000 0400 0644 0777 1755 2755 4755 6711; do echo $mode >odd/modes/$mode && chmod $mode odd/modes/$mode; done
    mkdir -m 1777 odd/modes/sticky && mkdir -m 2770 odd/modes/setgid && mkdir -m 0700 odd/modes/private
    for owner in 0:0 1000:2000 65534:65534 400000:500000; do echo $owner >odd/owners/$owner && chown $owner odd/owners/$owner; done
    echo owned >odd/owners/setuid && chown 1000:1000 odd/owners/setuid && chmod 4755 odd/owners/setuid
    ln -s nowhere odd/owners/link && chown -h 1000:2000 odd/owners/link
    echo x >odd/xattrs/user && setfattr -n user.note -v 'hello world' odd/xattrs/user && setfattr -n user.binary -v 0x00ff10 odd/xattrs/user
    echo x >odd/xattrs/capable && setcap cap_net_bind_service,cap_net_raw+ep odd/xattrs/capable
    chown 1000:1000 odd/xattrs/capable && setcap cap_net_bind_service+ep odd/xattrs/capable
    cp /bin/busybox odd/xattrs/grep && setcap cap_net_bind_service+ep odd/xattrs/grep
    mkdir odd/xattrs/dir && setfattr -n user.dir -v yes odd/xattrs/dir
    for time in 1970-01-02 1999-12-31T23:59:59.123456789 2038-02-01 2100-01-01; do
      echo t >"odd/times/$time" && touch -d "$time" "odd/times/$time"
    done
    mkdir odd/times/old-dir && echo x >odd/times/old-dir/new-file && ln -s x odd/times/old-link
    touch -h -d 2001-02-03T04:05:06 odd/times/old-link odd/times/old-dir
  )
}

make_odd() { busybox_root root && odd_tree root && pack root odd.tar && new_image layout:1 odd.tar && push layout:1 odd:1; }

# Three layers that hide and replace parts of those below.
make_whiteouts() {
  busybox_root one && mkdir -p one/w/{dir,opaque/sub,replaced,tofile,gone} &&
    touch one/w/{file,dir/a,dir/b,opaque/old,opaque/sub/old,replaced/x,tofile/x,gone/x,kept} && ln one/w/kept one/w/kept2 && pack one 1.tar
  mkdir -p two/w/{dir,opaque} && touch two/w/.wh.file two/w/dir/.wh.a two/w/opaque/.wh..wh..opq two/w/opaque/new two/w/.wh.gone &&
    echo now-a-file >two/w/replaced-new && touch two/w/.wh.replaced && pack two 2.tar
  # A directory becomes a file, a removed name comes back, the other name of a hard link goes.
  mkdir -p three/w/opaque three/w/gone && echo file >three/w/tofile && echo back >three/w/gone/y && touch three/w/.wh.kept2 &&
    echo more >three/w/opaque/third && pack three 3.tar
  new_image layout:1 1.tar 2.tar 3.tar && push layout:1 whiteouts:1
}

make_shared_a() { base_tar && make_common && marker_tar a m.tar && new_image layout:1 ../base.tar ../common.tar m.tar && push layout:1 shared-a:1; }
make_shared_b() { base_tar && make_common && marker_tar b m.tar && new_image layout:1 ../base.tar ../common.tar m.tar && push layout:1 shared-b:1; }
make_common() {  # a layer of 8 MB that two images share
  [ -e ../common.tar ] && return
  mkdir -p ../common/common && head -c 8000000 /dev/urandom >../common/common/noise && pack ../common ../common.tar
}

make_many() {  # many-1 .. many-30: small images on one base
  base_tar
  local i
  for i in $(seq 30); do
    rm -rf marker && marker_tar "number $i" "m$i.tar" && new_image "layout:$i" ../base.tar "m$i.tar" && push "layout:$i" "many-$i:1" || return 1
  done
}

make_medium() {  # 60 MB in three layers: something to interrupt
  base_tar
  local i
  for i in 1 2 3; do
    mkdir -p "d$i/data$i" && head -c 12000000 /dev/urandom >"d$i/data$i/noise" &&
      (cd "d$i/data$i" && for n in $(seq 1500); do echo "$n" >"file-$n"; done) && pack "d$i" "$i.tar" || return 1
  done
  new_image layout:1 ../base.tar 1.tar 2.tar 3.tar && push layout:1 medium:1
}

# About 1 GB of the host's own files in four layers.
make_big() {
  local size=0 limit=1100000000 dir layer=0 used
  for dir in /usr/bin /usr/sbin /usr/share /usr/include /usr/libexec /usr/lib/* ; do
    [ -d "$dir" ] && [ ! -L "$dir" ] || continue
    used=$(du -sxb "$dir" | cut -f1)
    [ $((size + used)) -lt $limit ] || continue
    size=$((size + used))
    echo "${dir#/}" >>"list.$((layer++ % 4))"
  done
  base_tar
  local i tars=()
  for i in 0 1 2 3; do
    tar --create --file "$i.tar" --directory / --format=posix --numeric-owner --xattrs --xattrs-include='*' --one-file-system \
      --warning=no-file-ignored --files-from "list.$i" || return 1
    tars+=("$i.tar")
  done
  new_image layout:1 "${tars[@]}" ../base.tar && rm -f ./*.tar && push layout:1 big:1
}
