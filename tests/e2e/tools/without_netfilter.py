#!/usr/bin/env python3
"""without_netfilter.py COMMAND...: runs it where socket(AF_NETLINK, ..., NETLINK_NETFILTER) answers as a kernel does that
was built without netfilter's netlink (EPROTONOSUPPORT)."""
import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NETLINK_NETFILTER = 12
SOCKET = {"x86_64": 41, "aarch64": 198}[os.uname().machine]


def argument(index):
    return 16 + 8 * index  # the low half, seccomp(2): struct seccomp_data


program = [
    (LOAD, 0, 0, 0),
    (JUMP_IF_EQUAL, 0, 5, SOCKET),
    (LOAD, 0, 0, argument(0)),
    (JUMP_IF_EQUAL, 0, 3, 16),  # AF_NETLINK
    (LOAD, 0, 0, argument(2)),
    (JUMP_IF_EQUAL, 0, 1, NETLINK_NETFILTER),
    (RETURN, 0, 0, ERRNO | errno.EPROTONOSUPPORT),
    (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
filter = Program(len(program), ctypes.cast(code, ctypes.c_void_p))
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter), 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
