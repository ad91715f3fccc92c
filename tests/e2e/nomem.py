# SPDX-License-Identifier: GPL-2.0
"""Usage: nomem.py PORTAL FABRIC TARGET STORE VOLUME [PATTERN]

What the module does when it gets no memory. VOLUME is the device-mapper name of
what LUN 1 is on, or empty. Run by 26-no-memory.
"""
import errno
import os
import random
import socket
import subprocess
import sys
import time

from guest import read
from initiator import ABORT_TASK, BLOCK, GOOD, LUN_RESET, NOP_IN, NOP_OUT, REJECT, Closed, Conn, \
    LoginFailed, Skipped, check, eventually, kernel_sockets, run_tests, say

PORTAL, FABRIC, TARGET, STORE, VOLUME = sys.argv[1:6]
SECONDS = float(os.environ.get("NOMEM_SECONDS", "8"))
DEBUG = "/sys/kernel/debug/"
NEW = FABRIC + "/iqn.2025-01.org.example:nomem"
TPG = NEW + "/tpgt_1"
ACL = TPG + "/acls/iqn.2025-01.org.example:who"


def put(path, value):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, value if isinstance(value, bytes) else value.encode())
    finally:
        os.close(fd)


def faults(probability=0, interval=1, task_filter="N"):
    for what in ("failslab", "fail_page_alloc"):
        d = DEBUG + what
        put(d + "/probability", "0")
        put(d + "/task-filter", task_filter)
        put(d + "/interval", str(interval))
        put(d + "/times", "-1")
        put(d + "/verbose", "0")
        # those that may sleep too
        put(d + "/ignore-gfp-wait", "N")
        put(d + "/probability", str(probability))
    put(DEBUG + "fail_page_alloc/min-order", "0")
    put(DEBUG + "fail_page_alloc/ignore-gfp-highmem", "N")


# ---- configuration: the n-th allocation of each step fails, for all n ----

def steps():
    lun = TPG + "/lun/lun_0"
    return [
        ("mkdir target", lambda: os.mkdir(NEW), lambda: os.rmdir(NEW)),
        ("mkdir portal group", lambda: os.mkdir(TPG), lambda: os.rmdir(TPG)),
        ("mkdir portal", lambda: os.mkdir(TPG + "/np/127.0.0.1:3261"),
         lambda: os.rmdir(TPG + "/np/127.0.0.1:3261")),
        ("mkdir LUN", lambda: os.mkdir(lun), lambda: os.rmdir(lun)),
        ("link LUN", lambda: os.symlink(STORE, lun + "/e2e"),
         lambda: os.unlink(lun + "/e2e")),
        ("mkdir ACL", lambda: os.mkdir(ACL), lambda: os.rmdir(ACL)),
        ("mkdir mapped LUN", lambda: os.mkdir(ACL + "/lun_0"),
         lambda: os.rmdir(ACL + "/lun_0")),
        ("link mapped LUN", lambda: os.symlink(lun, ACL + "/lun_0/e2e"),
         lambda: os.unlink(ACL + "/lun_0/e2e")),
        ("mkdir account", lambda: os.mkdir(NEW + "/accounts/a"),
         lambda: os.rmdir(NEW + "/accounts/a")),
    ] + [
        (path, lambda path=path, value=value: put(path, value), None) for path, value in (
            (FABRIC + "/cpus_allowed_list", "0"),
            (NEW + "/accounts/a/password", "secretsecret12"),
            (NEW + "/admission/allowed_addresses", "10.0.0.0/8\n2001:db8::/32\nALL"),
            (NEW + "/admission/allowed_initiators", "iqn.2025-01.org.example:a ALL"),
            (TPG + "/attrib/login_timeout", "10"),
            (TPG + "/param/AuthMethod", "CHAP,None"),
            (TPG + "/param/TargetAlias", "no memory"),
            (TPG + "/auth/password", "secretsecret12"),
            (ACL + "/auth/password_mutual", "secretsecret13"),
            (ACL + "/cmdsn_depth", "32"),
            (ACL + "/tag", "a"),
            (TPG + "/enable", "1"), (TPG + "/enable", "0"))]


def configuration():
    faults()
    made, told, total = [], [], 0
    try:
        for name, step, undo in steps():
            # where it succeeds in spite of a fault it is done again
            for n in range(1, 500):
                one, errors = once(step, n)
                total += one != "none"
                if one == "none":
                    break
                if not errors and undo:
                    undo()
                elif errors not in (0, errno.ENOMEM, errno.EAGAIN, errno.EINTR):
                    told.append("%s: %s" % (name, errno.errorcode[errors]))
            else:
                check(False, name + ": no end of faults")
            if undo:
                made.append(undo)
    finally:
        faults()
        while made:
            made.pop()()
    say("other errors than ENOMEM: %s" % (sorted(set(told)) or "none"))
    return "%d faults in %d steps" % (total, len(steps()))


def once(step, n):
    """The n-th allocation fails: ("fault" or "none", errno)"""
    fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    error = 0
    try:
        os.write(fd, b"%d" % n)
        try:
            step()
        except OSError as e:
            error = e.errno
        left = int(os.pread(fd, 20, 0).strip(b"\0\n ") or b"0")
        os.write(fd, b"0")
    finally:
        os.close(fd)
    if left:
        check(not error, "%s without a fault" % errno.errorcode.get(error))
        return "none", 0
    return "fault", error


# ---- logins and I/O: each n-th allocation of the kernel's workers fails ----

def mark_workers(on):
    n = 0
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            with open("/proc/%s/comm" % pid) as f:
                if not f.read().startswith("kworker/"):
                    continue
            put("/proc/%s/make-it-fail" % pid, on)
            n += 1
        except OSError:
            pass
    return n


class Faults:
    """While it lasts, workers get no memory now and then; new ones neither."""

    def __init__(self, interval):
        self.interval = interval

    def __enter__(self):
        faults(100, self.interval, "Y")
        mark_workers("1")
        self.last = time.monotonic()
        return self

    def again(self):
        if time.monotonic() > self.last + 0.5:
            mark_workers("1")
            self.last = time.monotonic()

    def __exit__(self, *_):
        faults()
        mark_workers("0")


def connect(name="nomem"):
    return Conn(PORTAL, TARGET, "iqn.2025-01.org.example:" + name, timeout=20)


def well():
    c = connect("well").login().ready()
    data = os.urandom(8 * BLOCK)
    check(c.run(c.write(0, 8), data)[0] == GOOD, "WRITE afterwards")
    check(c.run(c.read(0, 8))[1] == data, "READ afterwards")
    c.run_logout()
    c.s.close()


def logins():
    outcomes = {}
    for interval in (3, 7, 13, 29):
        with Faults(interval) as f:
            end = time.monotonic() + SECONDS / 4
            while time.monotonic() < end:
                f.again()
                c = None
                try:
                    c = connect()
                    if random.random() < 0.5:
                        c.chap("user", "secret-of-e2e-26")
                        what = "authenticated"
                    else:
                        c.login()
                        c.run_logout()
                        what = "logged in and out"
                except LoginFailed:
                    what = "status 0x%04x" % c.status
                except (Closed, ConnectionError):
                    what = "closed"
                except (socket.timeout, TimeoutError):
                    what = "no packet"     # TCP has no memory either
                outcomes[what] = outcomes.get(what, 0) + 1
                if c:
                    c.s.close()
        well()
    port = int(PORTAL.rsplit(":", 1)[1])
    eventually(lambda: not kernel_sockets(port), 20)
    check(outcomes.get("closed", 0) + sum(outcomes[k] for k in outcomes if "0x" in k),
          "nothing failed: %s" % outcomes)
    return ", ".join("%d %s" % (outcomes[k], k) for k in sorted(outcomes))


def io():
    """What was acknowledged is there, what was read is right."""
    known, outcomes, c = {}, {}, None
    # Target core drops a LUN of a demo-mode ACL that it has no memory for and
    # says nothing; so this one is there before.
    connect("io").login().run_logout()
    for interval in (5, 17, 41, 101):
        with Faults(interval) as f:
            end = time.monotonic() + SECONDS / 4
            while time.monotonic() < end:
                f.again()
                try:
                    if not c:
                        c = connect("io").login()
                    what = one_command(c, known)
                except LoginFailed:
                    what, c = "login refused", None
                except (Closed, ConnectionError):
                    what, c = "closed", None
                outcomes[what] = outcomes.get(what, 0) + 1
        well()
        known.pop(0, None)
        c = None
    check(outcomes.get("GOOD"), outcomes)
    check(len(outcomes) > 1, "nothing failed: %s" % outcomes)
    return ", ".join("%d %s" % (outcomes[k], k) for k in sorted(outcomes))


def one_command(c, known):
    """Slots of 128 KiB; None: what is in there is not known."""
    slot, blocks = random.randrange(1, 100), 256
    dice = random.random()
    if dice < 0.05:
        c.run_tmf(random.choice((ABORT_TASK, LUN_RESET)), ref=c.itt)
        return "TMF"
    if dice < 0.5:
        data, known[slot] = os.urandom(64) * (blocks * BLOCK // 64), None
        status, _, sense = c.run(c.write(slot * blocks, blocks), data)
        if status == GOOD:
            known[slot] = data
    else:
        status, data, sense = c.run(c.read(slot * blocks, blocks))
        if status == GOOD and known.get(slot):
            check(data == known[slot], "other data is read than was written")
    if status == 2:
        return "CHECK CONDITION %x/%02x%02x" % sense
    return "GOOD" if status == GOOD else "status 0x%x" % status


def pings():
    """Long pings are rejected for want of memory: nobody made a format error."""
    counter = FABRIC + "/" + TARGET + "/fabric_statistics/iscsi_sess_err/format_errors"
    before = read(counter)
    c = connect("pings").login().ready()
    rejected = 0
    for n in range(14):
        immediate, reason = ((0x40, 0x06), (0, 0x0a))[n % 2]
        with Faults(1):
            # the next two pages, large and small, and then there is memory
            put(DEBUG + "failslab/probability", "0")
            put(DEBUG + "fail_page_alloc/times", "2")
            c.itt += 1
            c.send(c.header(NOP_OUT | immediate, 0x80, c.itt), bytes(16384 * (n + 1)))
            p = c.pdu()
        # the CmdSN of one that was rejected is that of the next
        c.cmdsn += not immediate and p.op != REJECT
        if p.op == REJECT:
            check(p.response == reason, "rejected with 0x%x" % p.response)
            rejected += 1
    check(rejected, "nothing was rejected")
    check(read(counter) == before, "format errors: %s, were %s" % (read(counter), before))
    c.ready()
    c.run_logout()


def headers():
    """Answers wait for a page to write their headers into: nothing else happens."""
    waited = 0
    for _ in range(8):
        c = connect("headers").login().ready()
        with Faults(1) as f:
            # the next pages, and then there is memory
            put(DEBUG + "failslab/probability", "0")
            put(DEBUG + "fail_page_alloc/times", "4")
            # 48 bytes of a page each
            for _ in range(200):
                f.again()
                c.itt += 1
                c.send(c.header(NOP_OUT | 0x40, 0x80, c.itt))
                p = c.pdu()
                check(p.op == NOP_IN and p.itt == c.itt, "opcode 0x%x" % p.op)
            waited += 4 - int(read(DEBUG + "fail_page_alloc/times"))
        c.run_logout()
        c.s.close()
    check(waited, "there was memory all the time")
    return "%d times" % waited


# ---- a volume grows, and there is no memory to tell of it ----

def grow(mib):
    subprocess.run("echo 0 %d linear /dev/ram1 0 | dmsetup load %s && "
                   "dmsetup suspend --noudevsync --nolockfs %s && "
                   "dmsetup resume --noudevsync %s" % ((mib * 2048,) + (VOLUME,) * 3),
                   shell=True, check=True)


def capacity():
    if not VOLUME:
        raise Skipped("no dmsetup")
    c = connect("grows").login().ready(1)
    # target core itself and the look at the sizes know the volume by now
    time.sleep(6)
    with Faults(1):
        grow(24)
        time.sleep(7)
    status, _, sense = c.run(c.scsi(bytes(6), lun=1))
    check(status == 2 and sense == (6, 0x2a, 9), "status 0x%x %s" % (status, sense))
    status, _, sense = c.run(c.scsi(bytes(6), lun=1))
    check(status == GOOD, "told twice: status 0x%x %s" % (status, sense))
    c.run_logout()


put(FABRIC + "/" + TARGET + "/tpgt_1/enable", "1")
run_tests([
    ("configuration: every allocation of every step fails once", configuration),
    ("logins: each n-th allocation fails", logins),
    ("I/O: each n-th allocation fails", io),
    ("pings: want of memory is no format error", pings),
    ("headers: answers wait for memory", headers),
    ("a volume that grows is told of when there is memory", capacity),
    ("the target works afterwards", well),
], *sys.argv[6:])
