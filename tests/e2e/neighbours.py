# SPDX-License-Identifier: GPL-2.0
"""Usage: neighbours.py PORTAL TARGET FABRIC-DIRECTORY [PATTERN]

What one initiator, or one network namespace, must not do to another. Run by
29-neighbours, which makes TARGET with LUNs 0 to 2, TARGET-ours with the first two
of their devices, TARGET-theirs with a device of its own, and TARGET-ports.
"""
import os
import sys
import time

from guest import in_namespace, read, write
from initiator import GOOD, R2T, SCSI_RSP, TASK_ABORTED, WARM_RESET, Closed, Conn, \
    LoginFailed, check, kernel_sockets, run_tests

PORTAL, TARGET, FABRIC = sys.argv[1:4]
PORT = int(PORTAL.rsplit(":", 1)[1])
TEXT, TEXT_RSP = 0x04, 0x24
MAX_LOGINS = "/sys/module/tcm_iscsi/parameters/max_logins"


def connect(target, name):
    return Conn(PORTAL, target, "iqn.2025-01.org.example:" + name)


class Discovery(Conn):
    def __init__(self, portal=PORTAL, name="seeker"):
        super().__init__(portal, "", "iqn.2025-01.org.example:" + name)
        self.login_round(0x87, {"InitiatorName": self.name, "SessionType": "Discovery"})

    def text(self, data, cmdsn):
        self.itt += 1
        b = self.header(TEXT, 0x80, self.itt)
        b[20:24] = b"\xff" * 4
        b[24:28] = cmdsn.to_bytes(4, "big")
        self.send(b, data)

    def send_targets(self):
        """[(name, [address])]"""
        self.text(b"SendTargets=All\0", self.cmdsn)
        self.cmdsn += 1
        p = self.pdu()
        check(p.op == TEXT_RSP, "opcode 0x%x" % p.op)
        found = []
        for pair in p.data.decode().split("\0"):
            key, _, value = pair.partition("=")
            if key == "TargetName":
                found.append((value, []))
            elif key == "TargetAddress":
                found[-1][1].append(value)
        return found


# ---- resets ----

def waiting_write(c, lun):
    """A write of which no data has come."""
    itt = c.write(0, 8, lun)
    p = c.pdu()
    check(p.op == R2T and p.itt == itt, "opcode 0x%x" % p.op)
    return p


def goes_on(c, r2t):
    """The write can be given its data, and is done."""
    p = c.pdu(1)
    check(not p, "opcode 0x%x, status 0x%x" % (p.op, p.status) if p else "")
    c.answer(r2t, bytes(4096))
    p = c.pdu()
    check(p.op == SCSI_RSP and p.itt == r2t.itt and p.status == GOOD,
          "opcode 0x%x, status 0x%x" % (p.op, p.status))


def resets_elsewhere():
    """Two units of one target are reset at once: nothing of another's."""
    a = connect(TARGET + "-ours", "resets").login().ready().ready(1)
    b = connect(TARGET + "-theirs", "writes").login().ready()
    r2t = waiting_write(b, 0)
    check(a.run_tmf(WARM_RESET) == 0, "TARGET WARM RESET failed")
    goes_on(b, r2t)


def resets_of_others_units():
    """Of three units two are reset: writes to those end, the third's does not."""
    a = connect(TARGET + "-ours", "resets").login().ready().ready(1)
    b = connect(TARGET, "writes").login().ready().ready(1).ready(2)
    ends = [waiting_write(b, lun).itt for lun in (0, 1)]
    r2t = waiting_write(b, 2)
    check(a.run_tmf(WARM_RESET) == 0, "TARGET WARM RESET failed")
    for _ in range(2):
        p = b.pdu(5)
        check(p and p.op == SCSI_RSP and p.status == TASK_ABORTED and p.itt in ends,
              "opcode 0x%x status 0x%x" % (p.op, p.status) if p else "nothing")
        ends.remove(p.itt)
    goes_on(b, r2t)


# ---- discovery ----

def other_namespace():
    """A target of another namespace is not told of, whatever its address."""
    base = FABRIC + "/" + TARGET + "-inner"
    portals = [base + "/tpgt_1/np/" + PORTAL,
               FABRIC + "/" + TARGET + "-ports/tpgt_1/np/127.0.0.7:3273"]
    os.mkdir(base)
    os.mkdir(base + "/tpgt_1")
    status = in_namespace(lambda: [os.mkdir(p) for p in portals])
    check(status == 0, "no portals in another namespace: %d" % status)
    try:
        write(base + "/tpgt_1/enable", "1")
        names = [name for name, _ in Discovery().send_targets()]
        check(TARGET in names and TARGET + "-inner" not in names, str(names))
        found = dict(Discovery("127.0.0.1:3271").send_targets())
        check("127.0.0.7:3273,1" not in found[TARGET + "-ports"], str(found))
    finally:
        for p in portals:
            os.rmdir(p)
        os.rmdir(base + "/tpgt_1")
        os.rmdir(base)


def wildcard_ports():
    """Each wildcard portal is told of with its own port."""
    found = Discovery("127.0.0.1:3271").send_targets()
    check(found == [(TARGET + "-ports", ["127.0.0.1:3271,1", "127.0.0.1:3272,1"])], str(found))


def every_path():
    """Whichever portal of a target is asked tells of all its portal groups, and of no
    target that is not there."""
    second = FABRIC + "/" + TARGET + "/tpgt_2"
    portal = second + "/np/127.0.0.1:3274"
    os.mkdir(second)
    os.mkdir(portal)
    try:
        write(second + "/attrib/generate_node_acls", "1")
        write(second + "/enable", "1")
        for p in (PORTAL, "127.0.0.1:3274"):
            found = dict(Discovery(p).send_targets())
            check(found[TARGET] == [PORTAL + ",1", "127.0.0.1:3274,2"] and
                  TARGET + "-ports" not in found, str(found))
    finally:
        os.rmdir(portal)
        os.rmdir(second)


def is_open(c):
    try:
        c.pdu(0.01)
        return True
    except Closed:
        return False


def strangers():
    """Discovery asks for no name or secret: such sessions give way as logins do."""
    before = read(MAX_LOGINS)
    write(MAX_LOGINS, "20")
    try:
        seekers = [Discovery(name="seeker%d" % n) for n in range(60)]
        connect(TARGET, "honest").login().ready()
        left = sum(is_open(c) for c in seekers)
        check(left <= 20, "%d of 60 are there, %d sockets" % (left, kernel_sockets(PORT)))
        check(is_open(seekers[-1]), "the last one has been closed")
        return "%d of 60 stay" % left
    finally:
        write(MAX_LOGINS, before)


def memory():
    """KiB that are free, or could be."""
    lines = (line.split() for line in read("/proc/meminfo").splitlines())
    return sum(int(w[1]) for w in lines
               if w[0] in ("MemFree:", "Buffers:", "Cached:", "SReclaimable:"))


def hoards():
    """Who sends much text ahead of what is due has none of it kept."""
    text = b"X-com.example.hoard=" + bytes(16000).replace(b"\0", b"v") + b"\0"
    seekers = [Discovery(name="seeker%d" % n) for n in range(50)]
    for c in seekers:
        c.send_targets()
    before = memory()
    for c in seekers:
        for n in range(1, 64):
            c.text(text, c.cmdsn + n)
    time.sleep(1)
    each = (before - memory()) // len(seekers)
    check(each < 200, "%d KiB each" % each)
    return "%d KiB each" % each


def refused():
    """Who was refused and stays gives way too."""
    before, sockets = read(MAX_LOGINS), kernel_sockets(PORT)
    write(MAX_LOGINS, "20")
    try:
        here = []
        for n in range(80):
            here.append(connect(TARGET + "-not", "nobody%d" % n))
            try:
                here[-1].login()
                check(False, "logged in to a target that is not there")
            except LoginFailed:
                pass
        # those that give way take a moment to go
        for n in range(50):
            left = kernel_sockets(PORT) - sockets
            if left <= 22:
                break
            time.sleep(0.1)
        check(left <= 30, "%d of 80 are there" % left)
        connect(TARGET, "honest").login().ready()
        return "%d of 80 stay" % left
    finally:
        write(MAX_LOGINS, before)


run_tests([
    ("resets of another target's units end no write", resets_elsewhere),
    ("a reset ends the writes to its unit alone", resets_of_others_units),
    ("SendTargets is about one network namespace", other_namespace),
    ("SendTargets gives wildcard portals their ports", wildcard_ports),
    ("SendTargets tells of every path", every_path),
    ("discovery sessions give way past max_logins", strangers),
    ("discovery sessions keep little text", hoards),
    ("refused logins that stay give way past max_logins", refused),
], sys.argv[4] if len(sys.argv) > 4 else "")
