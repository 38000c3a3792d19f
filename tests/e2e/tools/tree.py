#!/usr/bin/python3
"""Lists a tree, one line a file, so that two trees can be compared with diff: tree.py DIRECTORY [SKIP...].

Each line: name, type, mode, owner, size, SHA-256, link target, device, mtime in nanoseconds, xattrs, and for the second
and later names of a hard link group the first. SKIP are paths below DIRECTORY: "proc" is left out with all below it; "etc/hosts" too.
"""
import hashlib, os, stat, sys

root = os.fsencode(sys.argv[1])
skip = {os.fsencode(p) for p in sys.argv[2:]}
links = {}
types = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link", stat.S_IFCHR: "char",
         stat.S_IFBLK: "block", stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket"}


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def xattrs(path):
    names = sorted(n for n in os.listxattr(path, follow_symlinks=False) if not n.startswith("trusted.overlay."))
    return {n: os.getxattr(path, n, follow_symlinks=False) for n in names}


def describe(path, name):
    st = os.lstat(path)
    kind = types[stat.S_IFMT(st.st_mode)]
    words = [repr(name), kind, oct(stat.S_IMODE(st.st_mode)), f"{st.st_uid}:{st.st_gid}"]
    if kind == "file":
        words += [str(st.st_size), sha256(path)]
    if kind == "link":
        words.append("-> " + repr(os.readlink(path)))
    if kind in ("char", "block"):
        words.append(f"{os.major(st.st_rdev)},{os.minor(st.st_rdev)}")
    if name != b".":
        words.append(f"mtime={st.st_mtime_ns}")
    words.append(f"xattrs={xattrs(path)}")
    if kind != "dir" and st.st_nlink > 1:
        first = links.setdefault((st.st_dev, st.st_ino), name)
        if first != name:
            words.append(f"same as {first!r}")
    print(*words)


def walk(path, name):
    if name in skip:
        return
    describe(path, name)
    if stat.S_ISDIR(os.lstat(path).st_mode):
        for entry in sorted(os.listdir(path)):
            walk(path + b"/" + entry, entry if name == b"." else name + b"/" + entry)


walk(root, b".")
