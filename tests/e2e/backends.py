# SPDX-License-Identifier: GPL-2.0
"""Usage: backends.py PORTAL CONFIGFS-TARGET-DIRECTORY [PATTERN]

Backends that stall, are slow, fail, do so now and then, or are gone, and what
initiators and administrators do meanwhile. Each case has a device (devices.py), a
target and a store of its own, so those that have to wait do it at the same time. Run
by 23-backends, which gives /dev/ram1 and on. FULL=1 in the environment for those that
take minutes.
"""
import ctypes
import os
import socket
import struct
import subprocess
import sys
import time

import devices
from devices import File, Loop, LoopFile, LostNbd, Mapped, NarrowedNbd, NarrowNbd, \
    Nbd, Scsi, Tape
from genl import DUMP, Genl, attr, attrs
from guest import write
from initiator import ABORT_TASK, BLOCK, CHECK_CONDITION, DATA_IN, GOOD, LOGOUT_RSP, \
    LUN_RESET, NONE, NOP_IN, NOP_OUT, R2T, SCSI_RSP, TASK_ABORTED, TMF_COMPLETE, TMF_NO_TASK, \
    TMF_RSP, Closed, Conn, Failed, LoginFailed, Skipped, check, copy_command, eventually, naa, \
    run_tests

PORTAL, CONFIG = sys.argv[1:3]
FULL = bool(os.environ.get("FULL"))
FABRIC = CONFIG + "/iscsi"
OURS = os.path.isdir("/sys/module/tcm_iscsi")
IQN = "iqn.2025-01.org.example:backend"
# linux/tcm_iscsi.h
TI_GET_SESSION, TI_EVICT = 2, 5
TI_A_SESSION_ID, TI_A_TARGET = 2, 3
DELETE_MODULE = 176     # of x86-64
BOUND = 30.0    # seconds that anything may take, whatever a backend does
SLACK = 3.0     # of a busy machine


class Backend:
    """LUN 0 is a device that is well, LUN 1 the one that will not be."""

    def __init__(self, number, device=Mapped, acl=False, **attributes):
        self.number = number
        name = "%s-%d" % (device.__name__.lower(), number)
        self.iqn = IQN + "-" + name
        self.initiator = "iqn.2025-01.org.example:of-" + name
        self.device = device(number)
        self.stores = [self.store("rd_mcp", "rd_pages=1024"),
                       self.store(self.device.kind, self.device.control())]
        for name, value in attributes.items():
            write("%s/attrib/%s" % (self.stores[1], name), str(value))
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
            self.acl = self.tpg + "/acls/" + self.initiator
            os.mkdir(self.acl)
            for lun in (0, 1):
                os.mkdir("%s/lun_%d" % (self.acl, lun))
                os.symlink("%s/lun/lun_%d" % (self.tpg, lun),
                           "%s/lun_%d/e2e" % (self.acl, lun))
        self.enable(1)

    def store(self, kind, control):
        d = "%s/core/%s_%d/e2e-%d" % (CONFIG, kind, 100 + self.number, self.number)
        os.makedirs(d)
        write(d + "/control", control)
        write(d + "/enable", "1")
        write(d + "/wwn/vpd_unit_serial", "%s-%d" % (kind, self.number))
        return d

    def stall(self):
        self.device.stall()

    def resume(self):
        self.device.resume()

    def enable(self, value):
        write(self.tpg + "/enable", str(value))

    def sessions(self):
        with open(self.tpg + "/dynamic_sessions") as f:
            return [s for s in f.read().replace("\0", "\n").split("\n") if s]

    def login(self, name=None, **more):
        return self.login_at_all(name, **more).ready(0).ready(1)

    def login_at_all(self, name=None, **more):
        """Where LUN 1 may not be ready."""
        return Conn(PORTAL, self.iqn, name or self.initiator, **more).login()

    def remove_acl(self):
        for lun in (0, 1):
            d = "%s/lun_%d" % (self.acl, lun)
            if os.path.isdir(d):
                os.unlink(d + "/e2e")
                os.rmdir(d)
        os.rmdir(self.acl)

    def remove_lun(self, lun):
        d = "%s/lun/lun_%d" % (self.tpg, lun)
        if os.path.isdir(d):
            os.unlink(d + "/e2e")
            os.rmdir(d)

    def gone(self):
        """All of it, in the time that a well backend takes."""
        start = time.monotonic()
        self.enable(0)
        if self.acl and os.path.isdir(self.acl):
            self.remove_acl()
        for lun in (0, 1):
            self.remove_lun(lun)
        os.rmdir(self.tpg + "/np/" + PORTAL)
        os.rmdir(self.tpg)
        os.rmdir(os.path.dirname(self.tpg))
        for d in self.stores:
            os.rmdir(d)
            os.rmdir(os.path.dirname(d))
        self.device.gone()
        check(time.monotonic() - start < BOUND, "taking it down took %.1f s" %
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
    took = time.monotonic() - start
    ping(c, seen)
    return took


def ping(c, seen):
    c.itt += 1
    p = c.header(NOP_OUT | 0x40, 0x80, c.itt)
    struct.pack_into(">I", p, 20, NONE)
    c.send(p)
    check(until(c, NOP_IN, c.itt, 5, seen), "no answer to a ping")


def log_says(what):
    done = subprocess.run(("dmesg", "-S"), stdout=subprocess.PIPE, text=True, errors="replace")
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
    said = [line for line in log_says(b.initiator) if b.iqn in line and "waits for" in line]
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
    # In whatever order: workers do them.
    answered(c, itts, seen, 10)
    bad = [p.status for p in seen if p.op == SCSI_RSP and p.itt in itts and p.status != GOOD]
    check(not bad, "status 0x%x" % bad[0] if bad else "")
    b.gone()
    return "LUN 0 in %.0f ms" % (slowest * 1000)


def compare_and_write_aborted(b, function):
    """While it reads what it compares with: nothing is written, and the next one is
    done."""
    c, seen = b.login(), []
    cdb = bytes((0x89,)) + bytes(12) + b"\1"
    was = c.run(c.read(0, 1, lun=1))[1]
    b.stall()
    itt = c.scsi(cdb, write=2 * BLOCK, lun=1)
    p = until(c, R2T, itt, 5, seen)
    check(p, "no R2T")
    c.answer(p, was + os.urandom(BLOCK))
    time.sleep(0.3)
    t = c.tmf(function, itt if function == ABORT_TASK else None, lun=1)
    time.sleep(0.3)
    b.resume()
    p = until(c, TMF_RSP, t, 10, seen)
    check(p and p.response == TMF_COMPLETE, "no answer within 10 s, or %d" % p.response
          if p else "no answer")
    c.ready(1)
    status, now, _ = c.run(c.read(0, 1, lun=1))
    check(status == GOOD and now == was, "what was aborted has been written")
    itt = c.scsi(cdb, write=2 * BLOCK, lun=1)
    status, _, _ = c.run(itt, was + was)
    check(status == GOOD, "the next one: status 0x%x" % status)
    b.gone()


def reserve_out(c, action, key=0, action_key=0):
    """PERSISTENT RESERVE OUT, Exclusive Access - Registrants Only: its ITT"""
    data = key.to_bytes(8, "big") + action_key.to_bytes(8, "big") + bytes(8)
    itt = c.scsi(bytes((0x5f, action, 6)) + bytes(5) + b"\x18", write=24, lun=1)
    p = c.pdu(10)
    check(p and p.op == R2T and p.itt == itt, "no R2T for PERSISTENT RESERVE OUT")
    c.answer(p, data)
    return itt


def reserve(holder, other):
    """The one holds the reservation, with key 1; the other is registered with key 2."""
    for c, key in ((holder, 1), (other, 2)):
        status, _, _ = c.run(reserve_out(c, 0, action_key=key))
        check(status == GOOD, "REGISTER: status 0x%x" % status)
    status, _, _ = holder.run(reserve_out(holder, 1, key=1))
    check(status == GOOD, "RESERVE: status 0x%x" % status)


def preempt_and_abort(b):
    """One waits for the functions of those that it preempts, the other for every
    command: had both begun, they would wait for each other for ever."""
    a, x, y = (b.login(b.initiator + n) for n in ("-a", "-x", "-y"))
    reserve(a, x)
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


def aborted(c, itt, seconds, what):
    p = until(c, SCSI_RSP, itt, seconds, [])
    check(p, "%s: no response within %d s" % (what, seconds))
    check(p.status == TASK_ABORTED, "%s: status 0x%x" % (what, p.status))


def takes_nothing(b):
    """LUN RESET ends a command of another initiator, which takes nothing of what it is
    sent: that is no affair of the one that resets."""
    a = b.login(b.initiator + "-a")
    x = b.login(b.initiator + "-x", rcvbuf=4096)
    b.stall()
    itt = x.read(0, 8, lun=1)
    for _ in range(16):
        x.read(0, 2048, lun=0)
    time.sleep(1)
    t = a.tmf(LUN_RESET, lun=1)
    time.sleep(0.3)
    b.resume()
    start = time.monotonic()
    p = until(a, TMF_RSP, t, 10, [])
    took = time.monotonic() - start
    check(p, "no answer within 10 s of the device's return")
    check(p.response == TMF_COMPLETE, "LUN RESET: %d" % p.response)
    x.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    aborted(x, itt, 10, "the command that was reset")
    b.gone()
    return "%.0f ms" % (took * 1000)


def without_tas(b):
    """Target core aborts without a response what another nexus preempts: the
    initiator is told at once."""
    a, x = (b.login(b.initiator + n) for n in ("-a", "-x"))
    reserve(x, a)
    b.stall()
    itt = x.read(0, 8, lun=1)
    time.sleep(0.3)
    preempt = reserve_out(a, 5, key=2, action_key=1)
    time.sleep(0.3)
    b.resume()
    aborted(x, itt, 3, "the command that was preempted")
    check(until(a, SCSI_RSP, preempt, 10, []), "no answer to PREEMPT AND ABORT")
    b.gone()


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


def unload():
    """The module is in use: that has to be said at once."""
    name = b"tcm_iscsi" if OURS else b"iscsi_target_mod"
    check(ctypes.CDLL(None).syscall(DELETE_MODULE, name, os.O_NONBLOCK),
          "the module was unloaded")


def disable(b):
    c = b.login()
    b.stall()
    stuck(c)
    took, good = timed(lambda: b.enable(0))
    said = [line for line in log_says(b.iqn) if "waits for" in line and "LUN 1" in line]
    quick, at_once = timed(unload, 1)
    b.resume()
    eventually(lambda: not b.sessions(), 10)
    b.gone()
    check(good, "it took %.1f s" % took)
    check(took < 10 or said, "no line in the log about what is left")
    check(at_once, "rmmod took %.1f s" % quick)
    return "%.1f s" % took


def evict(b):
    """By netlink, as the CLI does it."""
    if not OURS:
        raise Skipped("the in-tree module ends no single session")
    c = b.login()
    b.stall()
    stuck(c)
    genl = Genl("tcm_iscsi")
    mine = attr(TI_A_TARGET, b.iqn)
    session, = genl.ask(TI_GET_SESSION, mine, DUMP)
    took, good = timed(lambda: genl.ask(TI_EVICT, attr(TI_A_SESSION_ID,
                                                       dict(attrs(session))[TI_A_SESSION_ID])), 1)
    start = time.monotonic()
    try:
        until(c, None, None, BOUND, [])
        ended = BOUND
    except Closed:
        ended = time.monotonic() - start
    b.resume()
    eventually(lambda: not b.sessions(), 10)
    b.gone()
    check(good and ended < 5, "the call took %.1f s, the connection ended after %.1f s" %
          (took, ended))
    return "%.1f s" % ended


def meanwhile(work):
    """Work that may take long, in a process of its own, which ends with 0 when it went well."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def removed(b, remove):
    """Target core itself waits for the commands, without a bound: what is asked
    for here is that it ends when the backend is back."""
    c = b.login()
    b.stall()
    stuck(c)
    child = meanwhile(lambda: remove(b))
    time.sleep(8)
    b.resume()
    start = time.monotonic()
    status = os.waitpid(child, 0)[1]
    took = time.monotonic() - start
    check(not status, "it failed")
    b.gone()
    check(took < 5, "%.1f s after the device had come back" % took)
    return "%.1f s after the device had come back" % took


def report_luns(c):
    status, data, sense = c.run(c.scsi(struct.pack(">BBBBBBIBB", 0xa0, 0, 0, 0, 0, 0, 256, 0, 0),
                                       read=256))
    check(status == GOOD, "REPORT LUNS: %s" % (sense,))
    return [lun[1] for lun, in struct.iter_unpack("8s", data[8:])]


def removed_beside(b):
    """Who logs in while the removal of a LUN waits for its commands does not get it: target
    core would free it, and leave it to them."""
    c = b.login()
    b.stall()
    stuck(c)
    child = meanwhile(lambda: b.remove_lun(1))
    time.sleep(2)
    newcomer = b.login_at_all(b.initiator + "-new").ready(0)
    seen = report_luns(newcomer)
    b.resume()
    status = os.waitpid(child, 0)[1]
    check(not status, "it failed")
    check(seen == [0], "it sees %s" % seen)
    status, _, sense = newcomer.run(newcomer.scsi(bytes(6), lun=1))
    check(status == CHECK_CONDITION and sense == (5, 0x25, 0), "0x%x %s" % (status, sense))
    b.gone()


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


def stalled(device):
    """What is to be tried with a device that stalls."""
    return [("%s: %s" % (device.what, name), test) for name, test in [
        ("ABORT TASK", lambda: management(Backend(1, device), ABORT_TASK, "ABORT TASK")),
        ("LUN RESET", lambda: management(Backend(2, device), LUN_RESET, "LUN RESET")),
        ("logout", lambda: logout(Backend(3, device))),
        ("the portal group is disabled", lambda: disable(Backend(4, device))),
        ("the session is evicted", lambda: evict(Backend(5, device))),
        ("the ACL is removed", lambda: removed(Backend(6, device, True), Backend.remove_acl)),
        ("the LUN is removed", lambda: removed(Backend(7, device), lambda b: b.remove_lun(1))),
        ("the LUN is removed, and another one logs in",
         lambda: removed_beside(Backend(15, device))),
        ("the initiator vanishes and comes back", lambda: comes_back(Backend(8, device))),
        ("COMPARE AND WRITE", lambda: compare_and_write(Backend(9, device))),
        ("PREEMPT AND ABORT, LUN RESET", lambda: preempt_and_abort(Backend(10, device))),
    ]]


# What is aborted in the middle, and what one initiator does to commands of another.
ABORTED = [
    ("aborted while it compares: ABORT TASK",
     lambda: compare_and_write_aborted(Backend(3), ABORT_TASK)),
    ("aborted while it compares: LUN RESET",
     lambda: compare_and_write_aborted(Backend(4), LUN_RESET)),
    ("aborted by another initiator, and its own takes nothing",
     lambda: takes_nothing(Backend(1))),
    ("aborted by another initiator without TAS",
     lambda: without_tas(Backend(2, emulate_tas=0))),
]


def at_the_same_time(tests, pattern):
    children = []
    for test in tests:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            run_tests([test], pattern)
            os._exit(0)
        children.append((child, test[0]))
        time.sleep(0.2)
    for child, name in children:
        status = os.waitpid(child, 0)[1]
        if status:      # it has not said so itself
            print("not ok - %s: its process ended with status 0x%x" % (name, status), flush=True)


# ---- commands that target core begins and cannot hand on ----

def waits_inside(b, ask, n):
    """For them, too, nothing else of their session waits."""
    c, seen = b.login(), []
    late = b.login("iqn.2025-01.org.example:late")
    b.stall()
    for i in range(n):
        ask(c, i)
    time.sleep(0.3)
    slowest = other_lun_works(c, seen)
    # One that comes later finds it full.
    late_seen = []
    ask(late, n)
    slowest = max(slowest, other_lun_works(late, late_seen))
    b.resume()
    end = time.monotonic() + 15
    while not responses(late_seen) and time.monotonic() < end:
        until(late, None, None, 0.5, late_seen)
    check(responses(late_seen), "no answer to the one that came later")
    while len(responses(seen)) < n and time.monotonic() < end:
        until(c, None, None, 0.5, seen)
    once_each(seen, "inside")
    check(len(responses(seen)) == n, "%d of %d were answered" % (len(responses(seen)), n))
    c.ready(1)
    b.gone()
    return "LUN 0 in %.0f ms" % (slowest * 1000)


def written(c, cdb, data):
    """A command with data, all of which is asked for."""
    itt = c.scsi(cdb, write=len(data), lun=1)
    p = c.pdu()
    check(p.op == R2T and p.itt == itt, "no R2T but opcode 0x%x" % p.op)
    c.answer(p, data)


def unmap(c, i):
    written(c, struct.pack(">B6xHx", 0x42, 24),
            struct.pack(">HH4xQI4x", 22, 16, 64 * i, 8))


def write_10(c, i):
    written(c, struct.pack(">BBIBHB", 0x2a, 0, 800 * i, 0, 8, 0), bytes(8 * BLOCK))


def unmapping():
    b = Backend(11, Nbd)
    write(b.stores[1] + "/attrib/emulate_tpu", "1")
    return b


def flush_behind_reads(c, i):
    """The last of nine, as soon as the device is full."""
    if i != 8:
        return c.read(800 * i, 8, lun=1)
    time.sleep(0.02)
    return c.scsi(bytes([0x35]), lun=1)


INSIDE = [
    ("NBD, and its server is gone: UNMAP",
     lambda: waits_inside(unmapping(), unmap, 2)),
    ("NBD, and its server is gone: more commands than it takes",
     lambda: waits_inside(Backend(12, NarrowNbd), lambda c, i: c.read(800 * i, 8, lun=1), 32)),
    ("NBD, and its server is gone: SYNCHRONIZE CACHE when it takes no more",
     lambda: waits_inside(Backend(13, NarrowNbd), flush_behind_reads, 9)),
    ("NBD, and its server is gone: more writes than the block layer lets in",
     lambda: waits_inside(Backend(14, NarrowedNbd), write_10, 24)),
]


# ---- slow, failing, gone ----

def slow(delay):
    b = Backend(1)
    c, seen = b.login(), []
    b.device.table("delay %s 0 %d" % (b.device.ram, delay * 1000))
    tasks = stuck(c)
    start = time.monotonic()
    t = c.tmf(ABORT_TASK, tasks[0], lun=1)
    other_lun_works(c, seen)
    check(until(c, TMF_RSP, t, delay + 6, seen), "no answer to ABORT TASK")
    t = c.tmf(LUN_RESET, lun=1)
    check(until(c, TMF_RSP, t, delay + 6, seen), "no answer to LUN RESET")
    reset = time.monotonic() - start
    once_each(seen, "slow")
    check(delay < 15 or [line for line in log_says(b.initiator) if "waits for" in line],
          "no line in the log that says what it waits for")
    c.ready(1)
    stuck(c)
    took, good = timed(lambda: b.enable(0), min(delay + 5, BOUND))
    left = eventually(lambda: not b.sessions(), delay + 10)
    b.device.table("linear %s 0" % b.device.ram)
    b.gone()
    check(good, "disabling took %.1f s" % took)
    return "resets %.1f s, disabling %.1f s, the session gone %.1f s later" % (reset, took, left)


def copy(c, source, source_lba, sink):
    """EXTENDED COPY of eight blocks, sent to the LUN that it copies to."""
    cdb, data = copy_command(*(naa(c.run(c.scsi(bytes([0x12, 1, 0x83, 0, 255]), read=255,
                                                lun=lun))[1]) for lun in (source, sink)),
                             8, source_lba)
    itt = c.scsi(cdb, write=len(data), lun=sink)
    p = c.pdu(10)
    check(p and p.op == R2T and p.itt == itt, "no R2T for EXTENDED COPY")
    c.answer(p, data)
    return itt


def copy_and_reset():
    """The unit that is copied from is reset, while another command keeps the reset.
    Target core has the copy's READ on the stack of a worker; the next copy has it at
    the same place."""
    # these report that, whatever comes of it
    if os.environ.get("TCM_ISCSI_GUEST", "").startswith("debug"):
        raise Skipped("no EXTENDED COPY with debugobjects")
    b = Backend(1)
    c, other = b.login(), b.login(b.initiator + "-other")
    b.device.delay(4000, 1000)
    other.read(0, 8, lun=1)
    first = copy(c, 1, devices.SECTORS // 2, 0)
    time.sleep(0.3)
    t = other.tmf(LUN_RESET, lun=1)
    p = until(c, SCSI_RSP, first, 10, [])
    check(p, "the first copy has not ended")
    second = copy(c, 1, 0, 0)
    p = until(other, TMF_RSP, t, 15, [])
    check(p and p.response == TMF_COMPLETE, "no answer to LUN RESET")
    check(until(c, SCSI_RSP, second, 15, []), "the second copy has not ended")
    b.device.table("linear %s 0" % b.device.ram)
    c.ready(1)
    b.gone()


def failing():
    b = Backend(1)
    c = b.login()
    b.device.table("error")
    for _ in range(20):
        for itt in (c.read(0, 8, lun=1), c.write(0, 8, lun=1)):
            pass
        status, _, sense = c.run(itt, bytes(8 * BLOCK))
        check(status == CHECK_CONDITION, "status 0x%x" % status)
    key = sense[0]
    status, _, _ = c.run(c.read(0, 8, lun=0))
    check(status == GOOD, "LUN 0: status 0x%x" % status)
    b.device.table("linear %s 0" % b.device.ram)
    status, _, sense = c.run(c.read(0, 8, lun=1))
    check(status == GOOD, "after its return: status 0x%x %s" % (status, sense))
    b.gone()
    return "sense key %d" % key


def flakey():
    """One second well, one second failing: what is acknowledged is there."""
    b = Backend(1)
    c = b.login()
    b.device.table("flakey %s 0 1 1" % b.device.ram)
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
    b.device.table("linear %s 0" % b.device.ram)
    for lba, data in holds.items():
        status, got, _ = c.run(c.read(lba, 8, lun=1))
        check(status == GOOD and got == data, "LBA %d: status 0x%x" % (lba, status))
    b.gone()
    check(holds and failures, "%d good, %d failed" % (len(holds), failures))
    return "%d writes, %d failed, the rest is there" % (n, failures)


def errors(c, n=10):
    """Each read and write of LUN 1 ends, with an error; LUN 0 goes on."""
    slowest = 0
    for i in range(n):
        for itt in (c.read(8 * i, 8, lun=1), c.write(8 * i, 8, lun=1)):
            start = time.monotonic()
            status, _, _ = c.run(itt, bytes(8 * BLOCK))
            slowest = max(slowest, time.monotonic() - start)
            check(status == CHECK_CONDITION, "status 0x%x" % status)
    status, _, _ = c.run(c.read(0, 8, lun=0))
    check(status == GOOD, "LUN 0: status 0x%x" % status)
    return slowest


def is_gone(b, c):
    """Everything is answered without the device, and goes."""
    slowest = errors(c)
    check(c.run_tmf(ABORT_TASK, 0x12345, lun=1) == TMF_NO_TASK, "ABORT TASK")
    check(c.run_tmf(LUN_RESET, lun=1) == TMF_COMPLETE, "LUN RESET")
    errors(c, 1)
    c.run_logout()
    eventually(lambda: not b.sessions(), 10)
    d = b.login_at_all()
    took, good = timed(lambda: b.enable(0), 5)
    check(good, "disabling took %.1f s" % took)
    d.s.close()
    b.gone()
    return "errors within %.0f ms, disabling %.1f s" % (slowest * 1000, took)


def answered(c, tasks, seen, seconds):
    """All of them, once each."""
    def missing():
        return set(tasks) - set(responses(seen))
    start = time.monotonic()
    while missing() and time.monotonic() < start + seconds:
        until(c, None, None, 0.5, seen)
    check(not missing(), "%d of %d were not answered within %d s" %
          (len(missing()), len(tasks), seconds))
    once_each(seen, "answered")
    return time.monotonic() - start


def lost():
    """The server of NBD is gone and stays away."""
    b = Backend(1, LostNbd)
    c, seen = b.login(), []
    b.device.kill()
    tasks = stuck(c)
    slowest = other_lun_works(c, seen)
    took = answered(c, tasks, seen, BOUND)
    return "answered after %.1f s, LUN 0 in %.0f ms; %s" % (took, slowest * 1000, is_gone(b, c))


def pulled():
    b = Backend(1, Scsi)
    c = b.login()
    b.device.pull()
    return is_gone(b, c)


def pulled_busy(patience, **trouble):
    """With commands in it: that take a while, or that it does not answer at all."""
    b = Backend(1, Scsi)
    c, seen = b.login(), []
    b.device.give_up_after(patience)
    for name, value in trouble.items():
        b.device.parameter(name, value)
    tasks = stuck(c)
    child = meanwhile(lambda: b.device.pull())
    slowest = other_lun_works(c, seen)
    t = c.tmf(LUN_RESET, lun=1)
    start = time.monotonic()
    p = until(c, TMF_RSP, t, 3 * BOUND, seen)
    took = time.monotonic() - start
    check(p and p.response == TMF_COMPLETE, "no answer to LUN RESET within %.1f s" % took)
    said = [line for line in log_says(b.initiator) if "waits for" in line]
    check(took < BOUND / 2 or said, "%.1f s, and no line in the log that says why" % took)
    check(not set(responses(seen)) & set(tasks) or took < BOUND, "answered and reset")
    end, status = time.monotonic() + 3 * BOUND, None
    while status is None and time.monotonic() < end:
        until(c, None, None, 0.5, seen)     # answers pings
        done, left_with = os.waitpid(child, os.WNOHANG)
        status = left_with if done else None
    check(status == 0, "it cannot be pulled out: %s" % status)
    once_each(seen, "pulled")
    return "LUN RESET %.1f s, LUN 0 in %.0f ms; %s" % (took, slowest * 1000, is_gone(b, c))


def no_file():
    """The file of a loop device gets short, and long again, and has no name."""
    b = Backend(1, LoopFile)
    c = b.login()
    data = os.urandom(8 * BLOCK)
    check(c.run(c.write(0, 8, lun=1), data)[0] == GOOD, "not written")
    b.device.truncate(0)
    statuses = [c.run(c.read(8 * i, 8, lun=1))[0] for i in range(20)]
    check(all(s in (GOOD, CHECK_CONDITION) for s in statuses), str(statuses))
    status, _, _ = c.run(c.read(0, 8, lun=0))
    check(status == GOOD, "LUN 0: status 0x%x" % status)
    check(c.run_tmf(LUN_RESET, lun=1) == TMF_COMPLETE, "LUN RESET")
    b.device.truncate(devices.SIZE)
    os.unlink(b.device.file)
    c.ready(1)
    check(c.run(c.write(8, 8, lun=1), data)[0] == GOOD, "not written")
    status, got, _ = c.run(c.read(8, 8, lun=1))
    check(status == GOOD and got == data, "status 0x%x" % status)
    b.gone()
    return "%d of %d reads failed" % (statuses.count(CHECK_CONDITION), len(statuses))


def filemark():
    """A read that has sense data besides its data: a Data-In cannot carry that."""
    b = Backend(1, Tape)
    c = b.login()
    itt, got, data_ins = c.read(0, 128, lun=1), b"", 0
    while True:
        p = c.pdu()
        if p.op == SCSI_RSP:
            break
        check(p.op == DATA_IN and p.itt == itt and not p.flags & 1,
              "opcode 0x%x, flags 0x%x" % (p.op, p.flags))
        got += p.data
        data_ins += 1
    check(p.flags & 0x80 and p.itt == itt, "ITT 0x%x" % p.itt)
    check(got == bytes([0x5a]) * (64 * BLOCK), "%d bytes" % len(got))
    check(p.status == CHECK_CONDITION and p.data[2] & 0x7f == 0x70 and p.data[4] == 0x80,
          "status 0x%x, sense %s" % (p.status, p.data[:20].hex()))
    check(p.flags & 2 and p.word(44) == 64 * BLOCK, "flags 0x%x, residual %d" %
          (p.flags, p.word(44)))
    check(p.word(36) == data_ins, "ExpDataSN %d of %d" % (p.word(36), data_ins))
    c.ready(0).ready(1)
    c.run_logout()
    b.gone()
    return "%d Data-In, then the sense data" % data_ins


def expects_4_gib():
    """A read that expects 4 GiB less a byte is too long, not of no bytes."""
    b = Backend(2, Tape)
    c = b.login()
    status, _, sense = c.run(c.scsi(struct.pack(">BBIBHB", 0x28, 0, 0, 0, 128, 0),
                                    read=0xffffffff, lun=1))
    check(status == CHECK_CONDITION and sense == (5, 0x24, 0), "status 0x%x, sense %s" %
          (status, sense))
    c.run_logout()
    b.gone()


def reserves_itself():
    """A device that keeps its own registrations is asked, not target core's list."""
    b = Backend(3, Tape, pgr_support=0)
    c = b.login()
    status, _, sense = c.run(c.scsi(struct.pack(">BBBHIB", 0x5f, 1, 1, 0, 24, 0), write=24,
                                    lun=1), bytes(24))
    check(status == GOOD, "RESERVE: status 0x%x, sense %s" % (status, sense))
    c.run_logout()
    b.gone()


PATTERN = sys.argv[3] if len(sys.argv) > 3 else ""
for kind in (Mapped, Loop, File, Nbd):
    at_the_same_time(stalled(kind), PATTERN)
at_the_same_time(ABORTED, PATTERN)
at_the_same_time(INSIDE, PATTERN)
run_tests([
    ("slow: ABORT TASK, LUN RESET, disabling", lambda: slow(60 if FULL else 4)),
    ("slow: a LUN is reset that is copied from", copy_and_reset),
    ("failing: errors are reported, and the rest goes on", failing),
    ("failing now and then: what is acknowledged is there", flakey),
    ("a loop device loses its file", no_file),
    ("a tape's read ends at a filemark", filemark),
    ("a tape's read that expects 4 GiB is refused", expects_4_gib),
    ("a tape keeps its own reservations", reserves_itself),
    ("NBD loses its server for good", lost),
    ("a SCSI disk is pulled out", pulled),
    ("a SCSI disk is pulled out while it works", lambda: pulled_busy(30, delay=600)),
    ("a SCSI disk does not answer, and is pulled out",
     lambda: pulled_busy(2, opts=4, every_nth=1)),
], PATTERN)
