# SPDX-License-Identifier: GPL-2.0
"""What scripts do to the machine that they run in."""
import ctypes
import os
import sys

CLONE_NEWNET = 0x40000000


def read(path):
    with open(path) as f:
        return f.read()


def write(path, value):
    """In one call, as an attribute or a parameter of the kernel wants it."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, value.encode())
    finally:
        os.close(fd)


def in_namespace(work):
    """Run work in a child in a network namespace of its own; 0 when that went well."""
    pid = os.fork()
    if pid == 0:
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
                os._exit(2)
            work()
            os._exit(0)
        except Exception as e:
            print("# %r" % e)
            sys.stdout.flush()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
