# SPDX-License-Identifier: GPL-2.0
"""Usage: admin.py CONFIGFS-TARGET-DIRECTORY IQN SECONDS SEED MODULE STORE...

Four processes that make, change, enable, disable and remove targets, portal
groups, portals, LUNs, ACLs, mappings, accounts, attributes, parameters and
secrets, evict sessions, read every file, and try to unload the module, at random
and at the same time. Most calls fail; none may take longer than BOUND. Run by
25-admin.

One thing is left out: target core (all fabrics, Linux 6.1) reads an entry of an
ACL's LUN list that it has just given to kfree_rcu() when a LUN is removed that
the ACL sees. So a LUN is removed only where there is no ACL and no session.
"""
import collections
import ctypes
import fcntl
import os
import random
import signal
import sys
import time

from guest import write

CONFIG, IQN, SECONDS, SEED, MODULE = sys.argv[1:6]
STORES = sys.argv[6:]
FABRIC = CONFIG + "/iscsi"
BOUND = 35.0        # seconds: 30 are promised for disabling, and a busy machine
TARGETS = [IQN + "-t%d" % i for i in range(3)]
ACLS = ["iqn.2025-01.org.example:fuzz-%d" % i for i in range(4)]
ADDRESSES = ["127.0.0.1:3260", "127.0.0.1:3261", "[::1]:3260"]
libc = ctypes.CDLL(None, use_errno=True)
rng = random.Random()
count = collections.Counter()


def read(path):
    with open(path, "rb") as f:
        return f.read()


def tpg():
    return "%s/%s/tpgt_%d" % (FABRIC, rng.choice(TARGETS), rng.choice((1, 1, 1, 2)))


def lun(group):
    return "%s/lun/lun_%d" % (group, rng.randrange(4))


def acl(group):
    return "%s/acls/%s" % (group, rng.choice(ACLS))


class Locked:
    """One of these at a time in a portal group; see the top of the file."""

    def __init__(self, group):
        self.name = "/tmp/admin-lock-" + group.replace("/", "_")

    def __enter__(self):
        self.file = open(self.name, "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *args):
        self.file.close()


# ---- what administrators do ----

def make():
    """A whole portal group, as far as it is not there, that lets initiators in."""
    group = tpg()
    steps = [lambda: os.makedirs(group),
             lambda: write(group + "/attrib/demo_mode_write_protect", "0"),
             lambda: write(group + "/attrib/generate_node_acls", "1"),
             lambda: write(group + "/attrib/authentication", "0"),
             lambda: write(group + "/param/AuthMethod", "CHAP,None"),
             lambda: write(os.path.dirname(group) + "/admission/allowed_initiators", ""),
             lambda: write(os.path.dirname(group) + "/admission/allowed_addresses", "ALL"),
             lambda: os.mkdir(group + "/np/" + ADDRESSES[0]),
             lambda: os.mkdir(group + "/np/" + ADDRESSES[1])]
    for i, store in enumerate(STORES):
        d = "%s/lun/lun_%d" % (group, i)
        steps += [lambda d=d: os.mkdir(d), lambda d=d, s=store: os.symlink(s, d + "/e2e")]
    for step in steps:
        try:
            step()
        except OSError:
            pass
    enable(group)


def enable(group=None):
    group = group or tpg()
    with Locked(group):
        write(group + "/enable", "1")


def disable():
    write(tpg() + "/enable", "0")


def make_portal():
    os.mkdir(tpg() + "/np/" + rng.choice(ADDRESSES))


def remove_portal():
    os.rmdir(tpg() + "/np/" + rng.choice(ADDRESSES))


def make_lun():
    d = lun(tpg())
    os.mkdir(d)
    os.symlink(rng.choice(STORES), d + "/e2e")


def remove_lun():
    group = tpg()
    d = lun(group)
    with Locked(group):
        write(group + "/enable", "0")
        if os.listdir(group + "/acls") or read(group + "/dynamic_sessions").strip(b"\0\n"):
            return
        os.unlink(d + "/e2e")
        os.rmdir(d)


def make_acl():
    group = tpg()
    with Locked(group):
        os.mkdir(acl(group))


def remove_acl():
    d = acl(tpg())
    for i in range(3):
        try:
            os.unlink("%s/lun_%d/e2e" % (d, i))
        except OSError:
            pass
        try:
            os.rmdir("%s/lun_%d" % (d, i))
        except OSError:
            pass
    os.rmdir(d)


def map_lun():
    group = tpg()
    i = rng.randrange(3)
    d = "%s/lun_%d" % (acl(group), i)
    os.mkdir(d)
    os.symlink("%s/lun/lun_%d" % (group, rng.randrange(3)), d + "/e2e")


def unmap_lun():
    d = "%s/lun_%d" % (acl(tpg()), rng.randrange(3))
    os.unlink(d + "/e2e")
    os.rmdir(d)


def write_protect():
    write("%s/lun_%d/write_protect" % (acl(tpg()), rng.randrange(3)), rng.choice("01"))


VALUES = ("0", "1", "2", "5", "15", "64", "512", "8192", "65536", "-1", "99999999999", "Yes",
          "No", "None", "CRC32C", "CHAP", "x" * 300, "")


def change(directory):
    names = os.listdir(directory)
    if not names:
        return
    name = rng.choice(sorted(names))
    # a cached demo ACL meets what the top of the file describes
    if name == "cache_dynamic_acls":
        return
    write(directory + "/" + name, rng.choice(VALUES))


def attributes():
    change(tpg() + "/attrib")


def parameters():
    change(tpg() + "/param")


def acl_attributes():
    change(acl(tpg()) + "/" + rng.choice(("attrib", "auth")))


def secrets():
    d = tpg() + "/auth"
    write(d + "/userid", rng.choice(("user", "other", "NULL")))
    write(d + "/password", rng.choice(("secretsecret12", "another-secret-34", "NULL")))


def discovery_secrets():
    d = FABRIC + "/discovery_auth"
    write(d + "/userid", rng.choice(("user", "NULL")))
    write(d + "/password", rng.choice(("secretsecret12", "NULL")))
    write(d + "/enforce_discovery_auth", rng.choice("01"))


def admission():
    d = "%s/%s/admission" % (FABRIC, rng.choice(TARGETS))
    write(d + "/" + rng.choice(("allowed_addresses", "allowed_initiators")),
          rng.choice(("ALL", "127.0.0.0/8", "10.0.0.1", ACLS[0], "")))
    write(d + "/allowed_addresses", "ALL")


def accounts():
    d = "%s/%s/accounts/%s" % (FABRIC, rng.choice(TARGETS), rng.choice(("a", "b")))
    os.mkdir(d)     # from here on nobody is let in without CHAP
    os.rmdir(d)


def evict():
    d = "%s/%s/admission" % (FABRIC, rng.choice(TARGETS))
    for _ in range(5):
        try:
            write(d + "/evict_session", str(rng.randrange(1, 300)))
        except OSError:
            pass


def remove_tpg():
    group = tpg()
    with Locked(group):
        write(group + "/enable", "0")
        if os.listdir(group + "/acls") or read(group + "/dynamic_sessions").strip(b"\0\n"):
            return
        for i in range(4):
            d = "%s/lun/lun_%d" % (group, i)
            if os.path.isdir(d):
                os.unlink(d + "/e2e")
                os.rmdir(d)
        for np in os.listdir(group + "/np"):
            os.rmdir(group + "/np/" + np)
        os.rmdir(group)


def remove_target():
    os.rmdir("%s/%s" % (FABRIC, rng.choice(TARGETS)))


def look():
    """Read what is there, some directories deep."""
    d = rng.choice((FABRIC, CONFIG + "/core", tpg(), acl(tpg())))
    for _ in range(6):
        names = os.listdir(d)
        if not names:
            return
        path = d + "/" + rng.choice(names)
        if os.path.isdir(path):
            d = path
        else:
            read(path)


def unload():
    """O_NONBLOCK: with targets there, it is refused."""
    if not libc.delete_module(MODULE.encode(), os.O_NONBLOCK):
        raise SystemExit("a module in use was unloaded")
    raise OSError


OPERATIONS = [(make, 20), (enable, 6), (disable, 3), (make_portal, 3), (remove_portal, 2),
              (make_lun, 3), (remove_lun, 2), (make_acl, 3), (remove_acl, 3), (map_lun, 3),
              (unmap_lun, 2), (write_protect, 1), (attributes, 5), (parameters, 5),
              (acl_attributes, 3), (secrets, 2), (discovery_secrets, 1), (admission, 2),
              (accounts, 1), (evict, 3), (remove_tpg, 2), (remove_target, 1), (look, 6),
              (unload, 1)]
FUNCTIONS = [f for f, _ in OPERATIONS]
WEIGHTS = [w for _, w in OPERATIONS]


def administrator(number, beat):
    rng.seed(int(SEED) * 4 + number)
    end = time.monotonic() + float(SECONDS)
    slowest, what = 0, ""
    while time.monotonic() < end:
        f = rng.choices(FUNCTIONS, WEIGHTS)[0]
        os.write(beat, f.__name__.encode().ljust(32))
        start = time.monotonic()
        try:
            f()
            count[f.__name__] += 1
        except OSError:
            count["refused"] += 1
        took = time.monotonic() - start
        if took > slowest:
            slowest, what = took, f.__name__
    print("%d done, %d refused; the slowest, %s, took %.1f s" %
          (sum(count.values()) - count["refused"], count["refused"], what, slowest), flush=True)
    if slowest > BOUND:
        sys.exit("administrator %d: %s took %.1f s" % (number, what, slowest))
    if len(count) < 10:
        sys.exit("administrator %d: next to nothing succeeded: %s" % (number, count))


def main():
    children = {}
    for number in range(4):
        r, w = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(r)
            try:
                administrator(number, w)
            except SystemExit as e:
                print(e, flush=True)
                os._exit(1)
            os._exit(0)
        os.close(w)
        os.set_blocking(r, False)
        children[pid] = [r, "nothing", time.monotonic()]
    failed = 0
    while children:
        time.sleep(0.2)
        for pid in list(children):
            child = children[pid]
            try:
                said = os.read(child[0], 1 << 16)
            except BlockingIOError:
                said = b""
            if said:
                child[1:] = [said[-32:].decode().strip(), time.monotonic()]
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                failed |= status
                del children[pid]
            elif time.monotonic() - child[2] > BOUND + 5:
                print("%s does not come back; in the kernel:" % child[1])
                with open("/proc/%d/stack" % pid) as f:
                    print(f.read(), flush=True)
                os.kill(pid, signal.SIGKILL)
                del children[pid]
                failed = 1
    sys.exit(1 if failed else 0)


main()
