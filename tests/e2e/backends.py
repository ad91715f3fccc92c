# SPDX-License-Identifier: GPL-2.0
"""Usage: backends.py PORTAL CONFIGFS-TARGET-DIRECTORY [PATTERN]

Backends that stall, are slow, fail, or do so now and then, and what initiators
and administrators do meanwhile. Each case has a device-mapper device, a target
and an iblock store of its own, so those that have to wait do it at the same
time. Run by 23-backends, which gives /dev/ram1 and on.
"""
import os
import subprocess
import sys
import time

from guest import write
from initiator import ABORT_TASK, BLOCK, CHECK_CONDITION, DATA_IN, GOOD, LOGOUT_RSP, \
    LUN_RESET, R2T, SCSI_RSP, TMF_COMPLETE, TMF_NO_TASK, TMF_RSP, Closed, Conn, \
    Failed, LoginFailed, check, eventually, run_tests, say

PORTAL, CONFIG = sys.argv[1:3]
FABRIC = CONFIG + "/iscsi"
IQN = "iqn.2025-01.org.example:backend"
BOUND = 30.0    # seconds that anything may take, whatever a backend does
SLACK = 3.0     # of a busy machine
SECTORS = 32768


def dm(*words, table=None):
    done = subprocess.run(("dmsetup",) + words, input=table, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(done.returncode == 0, "dmsetup %s: %s" % (" ".join(words), done.stdout))


class Backend:
    """LUN 0 is a device that is well, LUN 1 the one that will not be."""

    def __init__(self, number, acl=None):
        self.number, self.name = number, "e2e-%d" % number
        self.iqn = IQN + str(number)
        self.ram = "/dev/ram%d" % number
        self.initiator = acl or "iqn.2025-01.org.example:of-%d" % number
        self.table("linear %s 0" % self.ram, create=True)
        self.stores = [self.store("rd_mcp", "rd_pages=1024"),
                       self.store("iblock", "udev_path=/dev/mapper/" + self.name)]
        self.tpg = "%s/%s/tpgt_1" % (FABRIC, self.iqn)
        os.makedirs(self.tpg)
        os.mkdir(self.tpg + "/np/" + PORTAL)
        write(self.tpg + "/attrib/generate_node_acls", "0" if acl else "1")
        write(self.tpg + "/attrib/demo_mode_write_protect", "0")
        write(self.tpg + "/attrib/authentication", "0")
        for lun, store in enumerate(self.stores):
            d = "%s/lun/lun_%d" % (self.tpg, lun)
            os.mkdir(d)
            os.symlink(store, d + "/e2e")
        self.acl = None
        if acl:
            self.acl = self.tpg + "/acls/" + acl
            os.mkdir(self.acl)
            for lun in (0, 1):
                os.mkdir("%s/lun_%d" % (self.acl, lun))
                os.symlink("%s/lun/lun_%d" % (self.tpg, lun),
                           "%s/lun_%d/e2e" % (self.acl, lun))
        self.enable(1)

    def store(self, kind, control):
        d = "%s/core/%s_%d/%s" % (CONFIG, kind, 100 + self.number, self.name)
        os.makedirs(d)
        write(d + "/control", control)
        write(d + "/enable", "1")
        write(d + "/wwn/vpd_unit_serial", "%s-%d" % (kind, self.number))
        return d

    def table(self, target, create=False):
        line = "0 %d %s\n" % (SECTORS, target)
        if create:
            dm("create", "--noudevsync", self.name, table=line)
            dm("mknodes", self.name)
        else:
            dm("reload", self.name, table=line)
            self.stall()
            self.resume()

    def stall(self):
        dm("suspend", "--noflush", "--nolockfs", "--noudevsync", self.name)

    def resume(self):
        dm("resume", "--noudevsync", self.name)

    def enable(self, value):
        write(self.tpg + "/enable", str(value))

    def sessions(self):
        with open(self.tpg + "/dynamic_sessions") as f:
            return [s for s in f.read().replace("\0", "\n").split("\n") if s]

    def login(self, name=None, **more):
        c = Conn(PORTAL, self.iqn, name or self.initiator, **more).login()
        return c.ready(0).ready(1)

    def remove_acl(self):
        for lun in (0, 1):
            d = "%s/lun_%d" % (self.acl, lun)
            if os.path.isdir(d):
                os.unlink(d + "/e2e")
                os.rmdir(d)
        os.rmdir(self.acl)
        self.acl = None

    def gone(self):
        """All of it, in the time that a well backend takes."""
        start = time.monotonic()
        self.enable(0)
        if self.acl:
            self.remove_acl()
        for lun in (0, 1):
            d = "%s/lun/lun_%d" % (self.tpg, lun)
            if os.path.isdir(d):
                os.unlink(d + "/e2e")
                os.rmdir(d)
        os.rmdir(self.tpg + "/np/" + PORTAL)
        os.rmdir(self.tpg)
        os.rmdir(os.path.dirname(self.tpg))
        for d in self.stores:
            os.rmdir(d)
            os.rmdir(os.path.dirname(d))
        dm("remove", "--noudevsync", self.name)
        check(time.monotonic() - start < 15, "taking it down took %.1f s" %
              (time.monotonic() - start))


def stuck(c, n=4):
    """n reads and n writes that target core has: their ITTs."""
    tasks = [c.read(8 * i, 8, lun=1) for i in range(n)]
    for i in range(n):
        itt = c.write(8 * i, 8, lun=1)
        p = c.pdu()
        check(p.op == R2T and p.itt == itt, "no R2T but opcode 0x%x" % p.op)
        c.answer(p, bytes(8 * BLOCK))
        tasks.append(itt)
    time.sleep(0.3)
    return tasks


def until(c, op, itt, seconds, seen):
    """The answer; what else comes is noted in seen. None: it did not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        p = c.pdu(end - time.monotonic())
        if not p:
            continue
        if p.op == op and p.itt == itt:
            return p
        seen.append(p)
    return None


def responses(seen):
    return [p.itt for p in seen if p.op == SCSI_RSP or p.op == DATA_IN and p.flags & 1]


def once_each(seen, text):
    itts = responses(seen)
    check(len(itts) == len(set(itts)), "%s: two responses to one command" % text)


def other_lun_works(c, seen):
    """LUN 0 of the same session, and how long a read of it took."""
    start = time.monotonic()
    itt = c.read(0, 8, lun=0)
    p = until(c, DATA_IN, itt, 5, seen)
    check(p and p.flags & 1 and p.status == GOOD, "LUN 0 does not go on")
    return time.monotonic() - start


def log_says(what):
    done = subprocess.run(("dmesg",), stdout=subprocess.PIPE, text=True, errors="replace")
    return [line for line in done.stdout.splitlines() if what in line]


# ---- a stalled device ----

def management(b, function, name):
    """Ends in time, or the log says what it waits for, and it ends when that
    does."""
    c, seen = b.login(), []
    b.stall()
    tasks = stuck(c)
    start = time.monotonic()
    t = c.tmf(function, tasks[0] if function == ABORT_TASK else None, lun=1)
    p = until(c, TMF_RSP, t, 2, seen)
    slowest = other_lun_works(c, seen)
    p = p or until(c, TMF_RSP, t, BOUND - 2, seen)
    took = time.monotonic() - start
    said = [line for line in log_says(b.initiator) if "waits for" in line]
    b.resume()
    p2 = p or until(c, TMF_RSP, t, 10, seen)
    check(p2, "%s: no answer within 10 s of the device's return" % name)
    check(p2.response in (TMF_COMPLETE, TMF_NO_TASK), "%s: %d" % (name, p2.response))
    before = responses(seen)
    until(c, None, None, 2, seen)
    once_each(seen, name)
    late = [i for i in responses(seen)[len(before):]
            if i == tasks[0] or function == LUN_RESET and i in tasks]
    check(not late, "%s: a response to %s after that of the function" % (name, late))
    c.ready(1)
    b.gone()
    check(p or said, "%s: no answer within %d s, and no line in the log that says "
          "what it waits for (it came when the device did)" % (name, BOUND))
    return "%s, LUN 0 in %.0f ms" % ("answered after %.1f s" % took if p else "said so",
                                     slowest * 1000)


def compare_and_write(b):
    """Target core lets one wait for the other, and that must not be the owner of
    the connection."""
    c, seen = b.login(), []
    cdb = bytes((0x89,)) + bytes(12) + b"\1"
    b.stall()
    itts = []
    for _ in range(3):
        itts.append(c.scsi(cdb, write=2 * BLOCK, lun=1))
        p = until(c, R2T, itts[-1], 5, seen)
        check(p, "no R2T")
        c.answer(p, bytes(2 * BLOCK))
    time.sleep(0.3)
    slowest = max(other_lun_works(c, seen) for _ in range(5))
    check(not responses(seen)[5:], "a response from a stalled device")
    b.resume()
    for itt in itts:
        p = until(c, SCSI_RSP, itt, 10, [])
        check(p and p.status == GOOD, "status 0x%x" % p.status if p else "no response")
    b.gone()
    return "LUN 0 in %.0f ms" % (slowest * 1000)


def reserve_out(c, action, key=0, action_key=0):
    """PERSISTENT RESERVE OUT, Exclusive Access - Registrants Only: its ITT"""
    data = key.to_bytes(8, "big") + action_key.to_bytes(8, "big") + bytes(8)
    itt = c.scsi(bytes((0x5f, action, 6)) + bytes(5) + b"\x18", write=24, lun=1)
    p = c.pdu(10)
    check(p and p.op == R2T and p.itt == itt, "no R2T for PERSISTENT RESERVE OUT")
    c.answer(p, data)
    return itt


def preempt_and_abort(b):
    """One waits for the functions of those that it preempts, the other for every
    command: had both begun, they would wait for each other for ever."""
    a, x, y = (b.login(b.initiator + n) for n in ("-a", "-x", "-y"))
    for c, key in ((a, 1), (x, 2)):
        status, _, _ = c.run(reserve_out(c, 0, action_key=key))
        check(status == GOOD, "REGISTER: status 0x%x" % status)
    status, _, _ = a.run(reserve_out(a, 1, key=1))
    check(status == GOOD, "RESERVE: status 0x%x" % status)
    b.stall()
    x.read(0, 8, lun=1)
    time.sleep(0.3)
    first = y.tmf(LUN_RESET, lun=1)
    time.sleep(0.3)
    second = x.tmf(LUN_RESET, lun=1)
    time.sleep(0.3)
    preempt = reserve_out(a, 5, key=1, action_key=2)
    time.sleep(0.3)
    slowest = max(other_lun_works(c, []) for c in (a, x, y))
    b.resume()
    for c, itt, what in ((y, first, "the first LUN RESET"), (x, second, "the second")):
        p = until(c, TMF_RSP, itt, 10, [])
        check(p, "no answer to %s within 10 s of the device's return" % what)
        check(p.response == TMF_COMPLETE, "%s: %d" % (what, p.response))
    p = until(a, SCSI_RSP, preempt, 10, [])
    check(p, "no answer to PREEMPT AND ABORT within 10 s of the device's return")
    status, _, sense = a.run(a.read(0, 8, lun=1))
    if status == CHECK_CONDITION:   # of the resets
        status, _, sense = a.run(a.read(0, 8, lun=1))
    check(status == GOOD, "the holder: status 0x%x %s" % (status, sense))
    b.gone()
    return "LUN 0 in %.0f ms" % (slowest * 1000)


def logout(b):
    c, seen = b.login(), []
    b.stall()
    stuck(c)
    start = time.monotonic()
    itt = c.logout()
    try:
        p = until(c, LOGOUT_RSP, itt, BOUND, seen)
    except Closed:
        p = True
    took = time.monotonic() - start
    b.resume()
    check(p, "no answer to the logout within %d s" % BOUND)
    once_each(seen, "logout")
    eventually(lambda: not b.sessions(), 10)
    b.gone()
    return "%.1f s" % took


def timed(function, seconds=BOUND):
    start = time.monotonic()
    function()
    took = time.monotonic() - start
    return took, took <= seconds + SLACK


def disable(b):
    c = b.login()
    b.stall()
    stuck(c)
    took, good = timed(lambda: b.enable(0))
    said = log_says(b.iqn)
    b.resume()
    eventually(lambda: not b.sessions(), 10)
    b.gone()
    check(good, "it took %.1f s" % took)
    check(took < 10 or said, "no line in the log about what is left")
    return "%.1f s" % took


def acl(b):
    """Target core itself waits for the commands, without a bound: what is asked
    for here is that it ends when the backend is back."""
    c = b.login()
    b.stall()
    stuck(c)
    later = 8
    child = os.fork()
    if not child:
        time.sleep(later)
        b.resume()
        os._exit(0)
    took, _ = timed(b.remove_acl)
    os.waitpid(child, 0)
    eventually(lambda: not b.sessions(), 10)
    b.gone()
    check(took < later + 5, "%.1f s, and the device came back after %d s" % (took, later))
    return "%.1f s; the device came back after %d s" % (took, later)


def comes_back(b):
    """The initiator vanishes with commands in the stalled device, and logs in
    again: the new session waits for the old one's writes, but not for ever;
    another session of the same initiator does not wait at all."""
    isid = b"\x80abcde"
    c = b.login(isid=isid)
    b.stall()
    stuck(c)
    c.s.close()
    other, good = timed(lambda: Conn(PORTAL, b.iqn, b.initiator).login().s.close(), 5)
    check(good, "another login took %.1f s" % other)
    start = time.monotonic()
    again = Conn(PORTAL, b.iqn, b.initiator, isid=isid, timeout=BOUND)
    try:
        again.login()
        what = "was let in"
    except LoginFailed as e:
        what = "was refused (%s)" % e
    except Closed:
        what = "was closed"
    took = time.monotonic() - start
    check(what != "was let in", "a session began over the unfinished writes of the old one")
    check(again.status == 0x0301, "%s, not refused with 0x0301 (service unavailable)" % what)
    check(took < BOUND, "%s after %.1f s" % (what, took))
    b.resume()

    def let_in():
        try:
            b.login(isid=isid).s.close()
            return True
        except (LoginFailed, Closed):
            return False
    eventually(let_in, 15)
    eventually(lambda: not b.sessions(), 15)
    b.gone()
    return "%s after %.1f s; another one in %.0f ms" % (what, took, other * 1000)


STALLED = [
    ("stalled: ABORT TASK", lambda: management(Backend(1), ABORT_TASK, "ABORT TASK")),
    ("stalled: LUN RESET", lambda: management(Backend(2), LUN_RESET, "LUN RESET")),
    ("stalled: logout", lambda: logout(Backend(3))),
    ("stalled: the portal group is disabled", lambda: disable(Backend(4))),
    ("stalled: the ACL is removed", lambda: acl(Backend(5, "iqn.2025-01.org.example:acl"))),
    ("stalled: the initiator vanishes and comes back", lambda: comes_back(Backend(6))),
    ("stalled: COMPARE AND WRITE", lambda: compare_and_write(Backend(7))),
    ("stalled: PREEMPT AND ABORT, LUN RESET", lambda: preempt_and_abort(Backend(8))),
]


def at_the_same_time(tests, pattern):
    children = []
    for test in tests:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            run_tests([test], pattern)
            os._exit(0)
        children.append(child)
        time.sleep(0.2)
    for child in children:
        os.waitpid(child, 0)


# ---- slow, failing ----

def slow():
    b = Backend(1)
    c, seen = b.login(), []
    b.table("delay %s 0 4000" % b.ram)
    tasks = stuck(c)
    start = time.monotonic()
    t = c.tmf(ABORT_TASK, tasks[0], lun=1)
    check(until(c, TMF_RSP, t, 10, seen), "no answer to ABORT TASK")
    t = c.tmf(LUN_RESET, lun=1)
    check(until(c, TMF_RSP, t, 10, seen), "no answer to LUN RESET")
    reset = time.monotonic() - start
    once_each(seen, "slow")
    c.ready(1)
    stuck(c)
    took, _ = timed(lambda: b.enable(0))
    b.table("linear %s 0" % b.ram)
    b.gone()
    check(took < 12, "disabling took %.1f s" % took)
    return "resets %.1f s, disabling %.1f s" % (reset, took)


def failing():
    b = Backend(1)
    c = b.login()
    b.table("error")
    for _ in range(20):
        for itt in (c.read(0, 8, lun=1), c.write(0, 8, lun=1)):
            pass
        status, _, sense = c.run(itt, bytes(8 * BLOCK))
        check(status == CHECK_CONDITION, "status 0x%x" % status)
    key = sense[0]
    status, _, _ = c.run(c.read(0, 8, lun=0))
    check(status == GOOD, "LUN 0: status 0x%x" % status)
    b.table("linear %s 0" % b.ram)
    status, _, sense = c.run(c.read(0, 8, lun=1))
    check(status == GOOD, "after its return: status 0x%x %s" % (status, sense))
    b.gone()
    return "sense key %d" % key


def flakey():
    """One second well, one second failing: what is acknowledged is there."""
    b = Backend(1)
    c = b.login()
    b.table("flakey %s 0 1 1" % b.ram)
    holds, failures, end = {}, 0, time.monotonic() + 5
    n = 0
    while time.monotonic() < end:
        n += 1
        lba, data = 8 * (n % 200), os.urandom(8 * BLOCK)
        status, _, _ = c.run(c.write(lba, 8, lun=1), data)
        if status == GOOD:
            holds[lba] = data
        else:
            failures += 1
            holds.pop(lba, None)
            time.sleep(0.05)
    b.table("linear %s 0" % b.ram)
    for lba, data in holds.items():
        status, got, _ = c.run(c.read(lba, 8, lun=1))
        check(status == GOOD and got == data, "LBA %d: status 0x%x" % (lba, status))
    b.gone()
    check(holds and failures, "%d good, %d failed" % (len(holds), failures))
    return "%d writes, %d failed, the rest is there" % (n, failures)


PATTERN = sys.argv[3] if len(sys.argv) > 3 else ""
at_the_same_time(STALLED, PATTERN)
run_tests([
    ("slow: ABORT TASK, LUN RESET, disabling", slow),
    ("failing: errors are reported, and the rest goes on", failing),
    ("failing now and then: what is acknowledged is there", flakey),
], PATTERN)
