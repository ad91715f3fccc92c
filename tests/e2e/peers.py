# SPDX-License-Identifier: GPL-2.0
"""Usage: peers.py PORTAL TARGET SECURE-TARGET TPG-DIRECTORY [PATTERN]

Peers that are silent, slow, torn or hostile at every stage of a connection,
and among them an honest session that is to notice nothing. Run by 22-peers.
"""
import os
import random
import signal
import sys
import time

from initiator import BLOCK, DATA_IN, GOOD, LOGIN, NONE, NOP_OUT, R2T, SCSI_RSP, Closed, Conn, Failed, \
    LoginFailed, check, eventually, kernel_sockets, raise_limits, run_tests, say

PORTAL, TARGET, SECURE, TPG = sys.argv[1:5]
PORT = int(PORTAL.rsplit(":", 1)[1])
HALF_OPEN = int(os.environ.get("HALF_OPEN", "200"))
SECONDS = float(os.environ.get("SECONDS_OF_EACH", "2"))
MOST = 5.0      # seconds that open-iscsi waits for the answer to a ping


def connect(name="peer", **more):
    return Conn(PORTAL, TARGET, "iqn.2025-01.org.example:" + name, **more)


def honest(seconds=SECONDS, meanwhile=None):
    """Log in, write and read back for a time, answered in time."""
    start = time.monotonic()
    c = connect("honest").login()
    login = time.monotonic() - start
    c.ready()
    n, slowest, begun = 0, 0.0, time.monotonic()
    while time.monotonic() < begun + seconds or not n:
        if meanwhile:
            meanwhile()
        lba, data = 8 * random.randrange(1000), os.urandom(4096)
        for write in (True, False):
            at = time.monotonic()
            itt = c.write(lba, 8) if write else c.read(lba, 8)
            status, got, sense = c.run(itt, data)
            slowest = max(slowest, time.monotonic() - at)
            check(status == GOOD and got == (b"" if write else data),
                  "status 0x%x %s, %d bytes" % (status, sense, len(got)))
        n += 2
    rate = n / (time.monotonic() - begun)
    c.run_logout()
    c.s.close()
    text = "login %.0f ms, %.0f commands/s, the slowest %.0f ms" % \
        (login * 1000, rate, slowest * 1000)
    check(max(login, slowest) < MOST, text)
    return text


def sessions():
    with open(TPG + "/dynamic_sessions") as f:
        return [s for s in f.read().replace("\0", "\n").split("\n") if s]


def nothing_left(conns=()):
    """Of what was killed the kernel sends RST: nothing has to time out."""
    for c in conns:
        c.s.close()
    try:
        eventually(lambda: not sessions() and not kernel_sockets(PORT), 15)
    except Failed:
        raise Failed("left: sessions %s, %d sockets" % (sessions(), kernel_sockets(PORT)))


def among(conns, **more):
    text = honest(**more)
    nothing_left(conns)
    return text


# ---- the peers ----

def silent():
    """Nothing is said."""
    return [connect() for _ in range(HALF_OPEN)]


def half():
    """The first answer has come."""
    conns = silent()
    for c in conns:
        c.login_round(0x00, dict(c.names(), AuthMethod="None"))
    return conns


def torn():
    """Cut in the middle of a header, or of the keys."""
    conns = [connect() for _ in range(50)]
    for i, c in enumerate(conns):
        b = c.header(LOGIN | 0x40, 0x87, 0)
        b[8:14] = c.isid
        b[5:8] = (400).to_bytes(3, "big")
        c.s.sendall(bytes(b)[:20] if i % 2 else bytes(b) + b"InitiatorName=iqn")
    return conns


def data_out(n=4):
    """In the middle of the data of eight writes."""
    conns = []
    for i in range(n):
        c = connect("dataout%d" % i).login().ready()
        for k in range(8):
            c.write(k * 256, 256)
        for k in range(8):
            p = c.pdu()
            check(p.op == R2T, "no R2T but opcode 0x%x" % p.op)
            c.answer(p, bytes(256 * BLOCK), 12345 + 1000 * k)
        conns.append(c)
    return conns


def takers_of_nothing(names, blocks):
    """64 reads of so many blocks are asked for and not taken from the socket."""
    conns = []
    for name in names:
        c = connect(name, rcvbuf=4096).login().ready()
        for _ in range(64):
            if c.window():
                c.read(0, blocks)
        conns.append(c)
    return conns


def window(n=4):
    """64 MiB each."""
    return takers_of_nothing(["window%d" % i for i in range(n)], 2048)


def greedy(names):
    """A gigabyte each, which is more than there may be."""
    return takers_of_nothing(names, 32768)


def chatter(conns):
    """They take nothing, but they are alive."""
    for c in conns:
        try:
            c.send(c.header(NOP_OUT | 0x40, 0x80, NONE))
        except OSError:
            pass


# ---- tests ----

def explicit(name, **attributes):
    """An ACL with LUN 0 for an initiator, and with attributes of its own."""
    acl = TPG + "/acls/iqn.2025-01.org.example:" + name
    os.mkdir(acl)
    os.mkdir(acl + "/lun_0")
    os.symlink(TPG + "/lun/lun_0", acl + "/lun_0/lun")
    for key, value in attributes.items():
        with open(acl + "/attrib/" + key, "w") as f:
            f.write(value)
    return acl


def forget(acl):
    os.unlink(acl + "/lun_0/lun")
    os.rmdir(acl + "/lun_0")
    os.rmdir(acl)


def memory_is_shared():
    conns = greedy(["greedy0", "greedy1"])
    return among(conns, meanwhile=lambda: chatter(conns))


def takes_nothing():
    """Whoever takes nothing is not kept for its talking."""
    acl = explicit("talker", nopin_timeout="3", nopin_response_timeout="3")
    conns = greedy(["talker"])
    start = time.monotonic()

    def gone():
        chatter(conns)
        with open(acl + "/info") as f:
            return "No active iSCSI Session" in f.read()

    check(not gone(), "not there")
    eventually(gone, 30, 0.5)
    nothing_left(conns)
    forget(acl)
    return "after %.0f s" % (time.monotonic() - start)


def slow_link():
    """What is ahead of a ping, an R2T or the data of a write takes longer than that may wait."""
    acls = [explicit("pinged", nopin_timeout="3", nopin_response_timeout="6"),
            explicit("asked", nopin_timeout="0", dataout_timeout="5", dataout_timeout_retries="1"),
            explicit("sends", dataout_timeout="5", dataout_timeout_retries="1")]
    sender = connect("sends").login().ready()
    for _ in range(16):
        sender.write(0, 256)
    r2ts = [sender.pdu() for _ in range(16)]
    conns = [connect(name, rcvbuf=65536).login().ready() for name in ("pinged", "asked")]
    due = [{c.read(0, 2048) for _ in range(16)} for c in conns]
    time.sleep(1)               # the sockets are full: what comes now waits
    data = os.urandom(8 * BLOCK)
    for c, itts in zip(conns, due):
        itts.add(c.write(0, 8))
    start = time.monotonic()
    while any(due) or r2ts:
        if r2ts and time.monotonic() > start + 1.2 * (17 - len(r2ts)):
            sender.answer(r2ts.pop(0), bytes(256 * BLOCK))
        for c, itts in zip(conns, due):
            if not itts:
                continue
            p = c.pdu()
            if p.op == R2T:
                c.answer(p, data)
            elif p.op == SCSI_RSP or p.op == DATA_IN and p.flags & 1:
                check(p.status == GOOD, "status 0x%x" % p.status)
                itts.discard(p.itt)
        time.sleep(0.07)
    took = time.monotonic() - start
    for _ in range(16):
        p = sender.pdu()
        check(p.op == SCSI_RSP and p.status == GOOD, "opcode 0x%x status 0x%x" % (p.op, p.status))
    for c in conns + [sender]:
        c.run_logout()
    nothing_left(conns + [sender])
    for acl in acls:
        forget(acl)
    return "%.0f s" % took


def slow():
    """A byte of the login now and then, and the target ends it at last."""
    conns = [connect() for _ in range(20)]
    b = bytes(conns[0].header(LOGIN | 0x40, 0x87, 0))
    state = {"sent": 0, "next": 0}

    def trickle():
        if time.monotonic() < state["next"]:
            return
        state["next"] = time.monotonic() + 0.2
        for c in conns:
            try:
                c.s.send(b[state["sent"] % 40:][:1])
            except OSError:
                pass
        state["sent"] += 1

    text = honest(meanwhile=trickle)
    nothing_left(conns)
    return text


def deadline():
    """Logins that do not go on are ended by the target."""
    conns = [connect() for _ in range(40)]
    for c in conns[:20]:
        c.login_round(0x00, dict(c.names(), AuthMethod="None"))
    took = eventually(lambda: not kernel_sockets_open(), 25, 0.5)
    nothing_left(conns)
    return "after %.0f s" % took


def kernel_sockets_open():
    """Connections that the target has not closed."""
    n = 0
    with open("/proc/net/tcp") as f:
        for line in f:
            field = line.split()
            n += field[1].endswith(":%04X" % PORT) and field[3] == "01"
    return n


def forked(function):
    """The process, which leaves with 0 when the function returned."""
    child = os.fork()
    if not child:
        try:
            function()
            os._exit(0)
        except BaseException as e:
            say("  %r" % e)
            os._exit(1)
    return child


def beside(function):
    """An honest session while a process does that over and over again."""
    def forever():
        end = time.monotonic() + SECONDS + 1
        n = 0
        while time.monotonic() < end:
            function()
            n += 1
        say("%d times" % n)
    child = forked(forever)
    text = honest()
    status = os.waitpid(child, 0)[1]
    check(not status, "the other process: status 0x%x" % status)
    nothing_left()
    return text


def wrong_secret():
    c = Conn(PORTAL, SECURE, "iqn.2025-01.org.example:wrong")
    try:
        c.chap("user", "not the secret of it")
    except LoginFailed:
        check(c.status == 0x0201, "status 0x%04x" % c.status)
        c.s.close()
    except Closed:
        c.s.close()
    else:
        raise Failed("a wrong secret is let in")


def connect_and_close():
    connect().s.close()


def login_and_vanish():
    connect("vanishes").login().s.close()


def killed():
    """In the middle of I/O."""
    child = forked(lambda: honest(60))
    eventually(sessions, 10)
    time.sleep(1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    nothing_left()


def write(name, value):
    with open(TPG + "/" + name, "w") as f:
        f.write(value)


def disabled():
    """As an administrator does it while all of them are there."""
    conns = torn() + data_out(2) + window(2)
    start = time.monotonic()
    write("enable", "0")
    took = time.monotonic() - start
    check(took < 30, "%.1f s" % took)
    nothing_left(conns)
    write("enable", "1")
    return "%.1f s; then %s" % (took, honest(1))


raise_limits(2 * HALF_OPEN)
run_tests([
    ("nobody else", lambda: among([])),
    ("%d are silent after connecting" % HALF_OPEN, lambda: among(silent())),
    ("%d are in the middle of login" % HALF_OPEN, lambda: among(half())),
    ("torn logins", lambda: among(torn())),
    ("slow logins", slow),
    ("unfinished logins end by themselves", deadline),
    ("silent in the middle of Data-Out", lambda: among(data_out())),
    ("closed receive windows", lambda: among(window())),
    ("all memory is asked for, and nothing taken", memory_is_shared),
    ("nothing is taken, but much talked: it is ended", takes_nothing),
    ("a link so slow that all waits for what was sent before", slow_link),
    ("wrong secrets, one after the other", lambda: beside(wrong_secret)),
    ("connecting and closing", lambda: beside(connect_and_close)),
    ("logging in and vanishing", lambda: beside(login_and_vanish)),
    ("killed in the middle of I/O", killed),
    ("the portal group is disabled with all of them", disabled),
], *sys.argv[5:])
