# SPDX-License-Identifier: GPL-2.0
"""Usage: reservations.py PORTAL TARGET OTHER-TARGET FRIEND FABRIC-DIRECTORY [PATTERN]

Persistent reservations of a unit that two targets have, LUN 0 of both; FRIEND has an
ACL at each, others are let in by demo mode. LUN 1 of TARGET unmaps. Run by 19-reservations, which looks for
what target core says when it uses what it has freed.
"""
import os
import random
import struct
import sys

from guest import write
from initiator import CHECK_CONDITION, GOOD, Conn, check, eventually, run_tests

PORTAL, TARGETS, FRIEND, FABRIC = sys.argv[1], sys.argv[2:4], *sys.argv[4:6]
STRANGER = "iqn.2025-01.org.example:stranger"
CONFLICT = 0x18
REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_ABORT, IGNORE, MOVE = range(8)
WRITE_EXCLUSIVE, ALL_REGISTRANTS = 1, 7
TYPES = (1, 3, 5, 6, 7, 8)
ALL_TG_PT, UNREG = 4, 2


class Nexus:
    def __init__(self, name, target, port, lun=0):
        self.name, self.target, self.port, self.lun = name, target, port, lun
        self.isid = bytes((0x80, 0, 0, 0, 0, port))
        self.login()

    def login(self):
        self.conn = Conn(PORTAL, TARGETS[self.target], self.name, self.isid)
        self.conn.login().ready(self.lun)

    def transport_id(self):
        name = ("%s,i,0x%s" % (self.name, self.isid.hex())).encode() + b"\0"
        name += b"\0" * (-len(name) % 4)
        return struct.pack(">BBH", 0x45, 0, len(name)) + name

    def reserve_out(self, action, kind, key=0, new=0, flags=0, to=None):
        """status and sense; another unit attention is taken first"""
        if to:
            tid = to.transport_id()
            data = struct.pack(">QQBBHI", key, new, 0, flags, to.target + 1,
                               len(tid)) + tid
        else:
            data = struct.pack(">QQIBBH", key, new, 0, flags, 0, 0)
        cdb = struct.pack(">BBBHIB", 0x5f, action, kind, 0, len(data), 0)
        for _ in range(4):
            status, _, sense = self.conn.run(
                self.conn.scsi(cdb, write=len(data), lun=self.lun), data)
            if status != CHECK_CONDITION or sense[0] != 6:
                break
        return status, sense

    def must(self, action, *args, **more):
        status, sense = self.reserve_out(action, *args, **more)
        check(status == GOOD, "action %d: status 0x%x %s" % (action, status, sense))

    def writes(self):
        self.conn.ready()
        return self.conn.run(self.conn.write(0, 1), bytes(512))[0]

    def holders(self):
        """What READ FULL STATUS lists: keys, and which of them hold it."""
        self.conn.ready()
        _, data, _ = self.conn.run(
            self.conn.scsi(struct.pack(">BB5xHB", 0x5e, 3, 4096, 0), read=4096))
        listed, at = [], 8
        while at + 24 <= len(data):
            listed.append((struct.unpack_from(">Q", data, at)[0], data[at + 12] & 1))
            at += 24 + struct.unpack_from(">I", data, at + 20)[0]
        return listed


def new_nexuses():
    nexuses = [Nexus(name, target, port) for name in (FRIEND, STRANGER)
               for target in (0, 1) for port in (7, 8)]
    # whatever a test before this one has left
    nexuses[-1].must(IGNORE, 0, new=1)
    nexuses[-1].must(CLEAR, 0, key=1)
    for n in nexuses:
        n.conn.ready()
    return nexuses


def preempt_all():
    """SPC-4 5.13.11.2: without a key all registrations but one's own end."""
    for action in PREEMPT, PREEMPT_ABORT:
        a, b, c = new_nexuses()[:3]
        for key, n in enumerate((a, b, c), 1):
            n.must(IGNORE, 0, new=key)
        a.must(RESERVE, ALL_REGISTRANTS, key=1)
        b.must(action, ALL_REGISTRANTS, key=2, new=0)
        check(b.holders() == [(2, 1)], "left: %s" % b.holders())
        check(a.writes() == CONFLICT, "who was preempted writes")
        check(b.writes() == GOOD, "who has preempted does not write")


def end_of_all_ports():
    """A registration for all target ports ends while others hold it, too."""
    for others in False, True:
        nexuses = new_nexuses()
        a, stays = nexuses[0], nexuses[4]
        a.must(IGNORE, 0, new=1, flags=ALL_TG_PT)
        if others:
            stays.must(IGNORE, 0, new=2)
        check(len(a.holders()) == 2 + others, "registered: %s" % a.holders())
        a.must(RESERVE, ALL_REGISTRANTS, key=1)
        a.must(REGISTER, 0, key=1, new=0, flags=ALL_TG_PT)
        want = [(2, 1)] if others else []
        check(stays.holders() == want, "left: %s" % stays.holders())
        check(a.writes() == (CONFLICT if others else GOOD), "who has left")


def not_registered():
    """SPC-4 5.13.5: anything but a registration is a conflict."""
    a = new_nexuses()[0]
    for action in RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_ABORT:
        status, sense = a.reserve_out(action, WRITE_EXCLUSIVE, key=1, new=1)
        check(status == CONFLICT, "action %d: status 0x%x %s" % (action, status, sense))


def tpg(target):
    return "%s/%s/tpgt_1/" % (FABRIC, TARGETS[target])


def all_registrants_leave(leave, others):
    """Two ports of an initiator hold it, and leave; perhaps with others that stay."""
    nexuses = new_nexuses()
    leaving, stays = nexuses[4:6], nexuses[2]
    for n in leaving + [stays] * others:
        n.must(IGNORE, 0, new=1)
    leaving[0].must(RESERVE, ALL_REGISTRANTS, key=1)
    leave(nexuses, leaving)
    want = [(1, 1)] if others else []
    eventually(lambda: stays.holders() == want)
    check(stays.writes() == GOOD, "who stays does not write")
    check(nexuses[3].writes() == (CONFLICT if others else GOOD), "another one")


def acl_goes():
    """That of demo mode goes with the last session of its initiator, where none is kept."""
    def leave(nexuses, leaving):
        write(tpg(0) + "attrib/generate_node_acls", "0")
        write(tpg(0) + "attrib/cache_dynamic_acls", "0")
        for n in leaving:
            n.conn.run_logout()
            n.conn.s.close()

    for others in True, False:
        try:
            all_registrants_leave(leave, others)
        finally:
            write(tpg(0) + "attrib/generate_node_acls", "1")


def lun_goes():
    link = tpg(0) + "lun/lun_0/e2e"
    store = os.path.realpath(link)

    def leave(nexuses, leaving):
        os.unlink(link)

    for others in True, False:
        try:
            all_registrants_leave(leave, others)
        finally:
            os.symlink(store, link)


# What writes, or makes others write: the operation codes that target core has.
WRITERS = (0x0a, 0x2a, 0x2e, 0x41, 0x42, 0x83, 0x89, 0x8a, 0x8e, 0x93, 0xaa, 0xae)


def every_way(conn, opcode, lun):
    """Announced as a write, as a read and as neither, with the bit that unmaps."""
    for cdb in (struct.pack(">BBIBHB", opcode, 8, 0, 0, 8, 0),
                struct.pack(">BBQIBB", opcode, 8, 0, 8, 0, 0)):
        for more in {}, {"read": 512}, {"write": 512}:
            yield conn.run(conn.scsi(cdb, lun=lun, **more), bytes(512))[0]


def nothing_writes():
    """No command of another port changes what one has reserved for writing."""
    holder, other = (Nexus(STRANGER, 0, port, 1) for port in (11, 12))
    pattern = os.urandom(4096)
    check(holder.conn.run(holder.conn.write(0, 8, lun=1), pattern)[0] == GOOD, "WRITE")
    tried = 0
    for kind in TYPES:
        holder.must(IGNORE, 0, new=1)
        holder.must(RESERVE, kind, key=1)
        for opcode in WRITERS if kind != WRITE_EXCLUSIVE else set(range(256)) - {0x7e, 0x7f}:
            for status in every_way(other.conn, opcode, 1):
                tried += 1
            if opcode not in WRITERS:
                continue
            status, got, _ = holder.conn.run(holder.conn.read(0, 8, lun=1))
            check(status == GOOD and got == pattern,
                  "type %d: 0x%02x of another port has written" % (kind, opcode))
        holder.must(CLEAR, 0, key=1)
    for n in holder, other:
        n.conn.run_logout()
    return "%d commands" % tried


def at_random():
    """Every command is answered; what matters is the kernel's log."""
    nexuses = new_nexuses()
    rnd = random.Random(7)
    answers = {}
    for n in range(3000):
        one, other = rnd.choice(nexuses), rnd.choice(nexuses)
        action = rnd.randrange(8)
        flags = rnd.choice((0, 0, ALL_TG_PT)) if action != MOVE else rnd.choice((0, UNREG))
        status, sense = one.reserve_out(action, rnd.choice(TYPES), rnd.randrange(3),
                                        rnd.randrange(3), flags,
                                        other if action == MOVE else None)
        check(status in (GOOD, CHECK_CONDITION, CONFLICT), "status 0x%x" % status)
        answers[action, status] = answers.get((action, status), 0) + 1
        if n % 20 == 0:
            other.holders()
        if n % 100 == 0:
            one.conn.s.close()
            one.login()
    good = [answers.get((action, GOOD), 0) for action in range(8)]
    return "done: %s of 3000" % " ".join(map(str, good))


run_tests([
    ("PREEMPT of all registrants", preempt_all),
    ("a registration for all target ports ends", end_of_all_ports),
    ("who is not registered", not_registered),
    ("an ACL goes, and what it has registered", acl_goes),
    ("a LUN goes, and what is registered there", lun_goes),
    ("no command writes to what another port has reserved", nothing_writes),
    ("at random", at_random),
], *sys.argv[6:])
