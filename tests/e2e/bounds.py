# SPDX-License-Identifier: GPL-2.0
"""Usage: bounds.py PORTAL TARGET FRIEND VOLUME FABRIC-DIRECTORY [PATTERN]
       bounds.py parameters

What the target keeps for one initiator, or for all that demo mode lets in. Run by
31-bounds, which makes TARGET with demo mode, LUN 0, LUNs 1 to 3 on the device-mapper device
VOLUME and LUN 4 on the same as a file, and an ACL for FRIEND that sees LUN 0. The other form
reads the module's parameters, whether it is loaded or not, until it is killed.
"""
import os
import struct
import subprocess
import sys
import time

from guest import read, write
from initiator import ABORT_TASK_SET, CHECK_CONDITION, DATA_IN, GOOD, LUN_RESET, R2T, SCSI_RSP, \
    TASK_ABORTED, TMF, TMF_COMPLETE, TMF_RSP, WARM_RESET, Conn, LoginFailed, Skipped, check, copy_command, \
    eventually, kernel_sockets, naa, run_tests

PARAMETERS = "/sys/module/tcm_iscsi/parameters/"
NAME = "iqn.2025-01.org.example:"

# As in kmod/
REJECTED = 255
MAX_PARTS = 128
DYNAMIC_ACLS = 1024
REGISTRATIONS = 1024
OUT_OF_RESOURCES = "status 0x0302"
NO_ROOM = (5, 0x55, 0x04)	# INSUFFICIENT REGISTRATION RESOURCES


def read_parameters():
    while True:
        try:
            with open(PARAMETERS + "failed_logins") as f:
                f.read()
        except OSError:
            pass
        time.sleep(0)


if sys.argv[1:] == ["parameters"]:
    read_parameters()
PORTAL, TARGET, FRIEND, VOLUME, FABRIC = sys.argv[1:6]


def connect(name, isid=None):
    return Conn(PORTAL, TARGET, name, isid)


def login(name):
    return connect(name).login(ImmediateData="Yes", FirstBurstLength="65536")


# ---- sessions ----

def fill(name, most=500):
    """Sessions of NAME, with a number where it has a %d, until one is refused."""
    sessions = []
    try:
        while len(sessions) < most:
            sessions.append(login(name % len(sessions) if "%d" in name else name))
    except LoginFailed as e:
        check(str(e) == OUT_OF_RESOURCES, str(e))
    check(4 < len(sessions) < most, "%d sessions" % len(sessions))
    return sessions


def end_all(sessions):
    for c in sessions:
        c.s.close()


def logs_in(name):
    try:
        login(name).s.close()
    except LoginFailed:
        return False
    return True


def sessions_left(n):
    """All but so many have ended at the target, too."""
    path = "%s/%s/fabric_statistics/iscsi_instance/sessions" % (FABRIC, TARGET)
    eventually(lambda: read(path) == "%d\n" % n)


def many_sessions():
    """Whoever opens all that it gets: the others get in, and all goes on."""
    crowd = fill(NAME + "crowd%d")
    friends = fill(FRIEND)
    for c in crowd + friends:
        c.ready()
    end_all(crowd[:1] + friends[:1])
    eventually(lambda: logs_in(NAME + "again"))
    eventually(lambda: logs_in(FRIEND))
    end_all(crowd + friends)
    eventually(lambda: logs_in(NAME + "again"))
    return "%d of demo mode, and %d of an ACL beside them" % (len(crowd), len(friends))


def comes_again():
    """An initiator port that logs in again has the memory of its old session."""
    sessions_left(0)
    friends = fill(FRIEND)
    c = connect(FRIEND, friends[0].isid)
    c.login(ImmediateData="Yes", FirstBurstLength="65536")
    end_all(friends + [c])


# ---- registrations ----

def reserve_out(c, action, key=0, service_key=0):
    cdb = struct.pack(">BBBBBIB", 0x5f, action, 0, 0, 0, 24, 0)
    return c.run(c.scsi(cdb, write=24), struct.pack(">QQQ", key, service_key, 0))


def keys(c):
    cdb = struct.pack(">BBBBBBBHB", 0x5e, 0, 0, 0, 0, 0, 0, 32768, 0)
    status, data, sense = c.run(c.scsi(cdb, read=32768))
    check(status == GOOD, "READ KEYS: %s" % (sense,))
    return [k for k, in struct.iter_unpack(">Q", data[8:8 + struct.unpack_from(">I", data, 4)[0]])]


def register(c, key):
    """The status and sense of REGISTER AND IGNORE EXISTING KEY."""
    status, _, sense = reserve_out(c, 6, 0, key)
    return status, sense


def many_registrations():
    """An initiator registers each nexus that it can have: until there is no room."""
    for n in range(REGISTRATIONS + 20):
        c = connect(FRIEND, b"\x80" + n.to_bytes(5, "big"))
        c.login().ready()
        status, sense = register(c, 7)
        if status:
            break
        c.s.close()
    check(status == CHECK_CONDITION and sense == NO_ROOM, "status %d, sense %s" % (status, sense))
    check(n == REGISTRATIONS, "%d registrations" % n)
    # Those that are registered do as they like.
    first = connect(FRIEND, b"\x80" + bytes(5))
    first.login().ready()
    check(register(first, 8)[0] == GOOD, "no other key")
    check(register(first, 0)[0] == GOOD, "no end of a registration")
    check(register(c, 7)[0] == GOOD, "no room again")
    check(len(keys(c)) == REGISTRATIONS, "%d keys" % len(keys(c)))
    status, _, _ = reserve_out(c, 3, 7)
    check(status == GOOD and not keys(c.ready()), "CLEAR: status %d" % status)
    end_all([first, c])


# ---- names ----

def registered(name, key):
    c = connect(NAME + name).login().ready()
    check(register(c, key)[0] == GOOD, "cannot register")
    c.s.close()


def many_names():
    """Of whom demo mode lets in, a bounded number is remembered."""
    watch = connect(FRIEND).login().ready()
    registered("early", 1)
    for n in range(DYNAMIC_ACLS):
        connect(NAME + "one-of-many%d" % n).login().s.close()
    sessions_left(1)
    registered("late", 2)
    eventually(lambda: keys(watch) == [1])
    # Its own session goes on as any other.
    registered("late", 3)
    c = connect(NAME + "early").login().ready()
    check(register(c, 0)[0] == GOOD, "cannot end a registration")
    end_all([watch, c])


# ---- text ----

TEXT, TEXT_RSP, CONTINUE, TARGETS, REQUESTS = 0x04, 0x24, 0x40, 40, 100
ALL = b"SendTargets=All\0"
WMEM = "/proc/sys/net/ipv4/tcp_wmem"


def seeker(piece=1048576, rcvbuf=4096):
    c = Conn(PORTAL, "", NAME + "seeker", rcvbuf=rcvbuf)
    c.login_round(0x87, {"InitiatorName": c.name, "SessionType": "Discovery",
                         "MaxRecvDataSegmentLength": "%d" % piece})
    return c


def text(c, ttt, data):
    b = c.header(TEXT, 0x80, c.itt)
    struct.pack_into(">I", b, 20, ttt)
    c.send(b, data)
    c.cmdsn += 1


def send_targets(c):
    c.itt += 1
    text(c, 0xffffffff, ALL)


def not_read(c):
    """Bytes that wait in the target's socket for C."""
    port = ":%04X" % c.s.getsockname()[1]
    for line in read("/proc/net/tcp").splitlines()[1:]:
        field = line.split()
        if field[2].endswith(port):
            return int(field[4].split(":")[1], 16)
    return 0


def target_name(n):
    return "%s-%s%d" % (TARGET, "x" * 160, n)


def more_targets(make, numbers=range(TARGETS)):
    for n in numbers:
        base = "%s/%s" % (FABRIC, target_name(n))
        path = [base, base + "/tpgt_1", base + "/tpgt_1/np/" + PORTAL]
        for d in path if make else path[::-1]:
            (os.mkdir if make else os.rmdir)(d)
        if make:
            write(base + "/tpgt_1/enable", "1")


def many_responses():
    """A stranger who asks again and again for all targets, and reads nothing."""
    wmem = read(WMEM)
    write(WMEM, "4096 16384 16384")
    more_targets(True)
    try:
        c = seeker()
        for _ in range(REQUESTS):
            send_targets(c)
            # One at a time: a second one would be rejected.
            time.sleep(0.03)
        taken = REQUESTS - not_read(c) // (48 + len(ALL))
        login(NAME + "honest").ready().s.close()
        c.s.close()
        check(taken < 20, "%d of %d requests were answered" % (taken, REQUESTS))
        return "%d of %d requests were answered" % (taken, REQUESTS)
    finally:
        more_targets(False)
        write(WMEM, wmem)


def part(c):
    """The next one of a list."""
    p = c.pdu(10)
    check(p and p.op == TEXT_RSP, "no Text Response")
    return p


def whole_list(c, meanwhile=lambda: None):
    """[(name, number of addresses)], between whose first two parts something happens."""
    send_targets(c)
    p = part(c)
    data = p.data
    meanwhile()
    while p.flags & CONTINUE:
        text(c, p.ttt, b"")
        p = part(c)
        check(p.data, "an empty part")
        data += p.data
    check(p.flags & 0x80 and p.ttt == 0xffffffff, "flags 0x%x" % p.flags)
    found = []
    for pair in data.decode().split("\0")[:-1]:
        key, _, value = pair.partition("=")
        if key == "TargetName":
            found.append((value, 0))
        else:
            check(key == "TargetAddress" and value == PORTAL + ",1", pair)
            found[-1] = (found[-1][0], found[-1][1] + 1)
    return found


def changing_list():
    """Targets come and go while a list of them is read: who stays is in it, once."""
    def names(numbers):
        return [(TARGET, 1)] + [(target_name(n), 1) for n in numbers]

    more_targets(True)
    left = list(range(TARGETS))

    def change():
        gone = [0, 1, 20, 21, 22, TARGETS - 1]
        more_targets(False, gone)
        more_targets(True, [1, TARGETS])
        left[:] = [n for n in left if n not in gone] + [1, TARGETS]

    try:
        # 600 bytes are three targets.
        for piece in 600, 8192, 1048576:
            check(whole_list(seeker(piece)) == names(range(TARGETS)), "in pieces of %d" % piece)
        found = whole_list(seeker(600), change)
        check(found == names([0, 1] + left), str([n[-4:] for n, _ in found]))
        check(whole_list(seeker(600)) == names(left), "the list afterwards")
    finally:
        more_targets(False, left)


def many_lists():
    """Strangers who begin to read a long list: what each keeps of it is little."""
    n, strangers = 300, 200
    more_targets(True, range(n))
    try:
        crowd = [seeker(512, None) for _ in range(strangers)]
        time.sleep(0.5)
        before = available()
        for c in crowd:
            send_targets(c)
            part(c)
        taken = before - available()
        end_all(crowd)
        check(taken < 8, "%d MiB" % taken)
        return "%d MiB for %d strangers" % (taken, strangers)
    finally:
        more_targets(False, range(n))


# ---- task management functions ----

def numbered_reset(c):
    c.itt += 1
    b = c.header(TMF, 0x80 | WARM_RESET, c.itt)
    struct.pack_into(">I", b, 20, 0xffffffff)
    c.send(b)
    c.cmdsn += 1


def responses(c, most, seconds):
    got = []
    while len(got) < most:
        p = c.pdu(seconds)
        if not p:
            break
        if p.op == TMF_RSP:
            got.append(p.response)
    return got


def dmsetup(*command):
    subprocess.run(("dmsetup",) + command + (VOLUME,), check=True)


def many_parts():
    """TARGET RESETs that wait for a backend: past a number of parts, no more."""
    # While others have the memory, the window is too small for so many.
    sessions_left(0)
    c = connect(NAME + "resets").login().ready().ready(1).ready(2).ready(3)
    n = 60
    dmsetup("suspend", "--noudevsync", "--noflush")
    try:
        c.read(0, 1, 1)
        for _ in range(n):
            numbered_reset(c)
        early = responses(c, n, 2)
    finally:
        dmsetup("resume", "--noudevsync")
    late = responses(c, n - len(early), 10)
    check(early and set(early) == {REJECTED}, "before the backend is back: %s" % early)
    # Each has three parts that wait, once the read has come to the device, and two more
    # for a moment.
    check(MAX_PARTS // 5 <= n - len(early) < n, "%d were taken" % (n - len(early)))
    check(late == [TMF_COMPLETE] * (n - len(early)), str(late))
    check(c.run_tmf(WARM_RESET) == TMF_COMPLETE, "no reset afterwards")
    c.s.close()


def many_aborts():
    """Of hundreds of commands that a backend keeps: another unit's functions go on."""
    sessions_left(0)
    other = connect(NAME + "of-another-unit").login().ready()
    crowd = [connect(NAME + "aborts%d" % n).login().ready(1) for n in range(6)]
    dmsetup("suspend", "--noudevsync", "--noflush")
    try:
        for c in crowd:
            for n in range(60):
                c.read(n, 1, 1)
        time.sleep(1)
        # Connections do not wait for each other: this one begins first.
        crowd[0].tmf(ABORT_TASK_SET, lun=1)
        crowd[0].run_ping()
        for c in crowd[1:]:
            c.tmf(ABORT_TASK_SET, lun=1)
        time.sleep(1)
        other.tmf(LUN_RESET)
        now = responses(other, 1, 5)
    finally:
        dmsetup("resume", "--noudevsync")
    late = [responses(c, 1, 10) for c in crowd]
    check(now == [TMF_COMPLETE], "LUN RESET of the other unit: %s" % now)
    # The first one has all there are for the device, and goes on with what it lacks.
    check(late == [[TMF_COMPLETE]] + [[REJECTED]] * 5, str(late))
    end_all(crowd + [other])


# ---- memory ----

def evict(c):
    write("%s/%s/admission/evict_session" % (FABRIC, TARGET), "%d" % c.tsih)


def ended_sessions(end):
    """Initiators that take nothing of what they read, and go: a backend has one read of each."""
    sessions_left(0)
    other = connect(NAME + "reads").login().ready()
    ended = [connect(NAME + "ended%d" % n).login().ready().ready(1) for n in range(4)]
    dmsetup("suspend", "--noudevsync", "--noflush")
    try:
        for c in ended:
            c.read(0, 8, lun=1)
            for i in range(32):
                c.read(512 * i, 512)
            time.sleep(0.5)
            end(c)
        # what was sent and not taken has gone with the sockets
        eventually(lambda: kernel_sockets(int(PORTAL.rsplit(":", 1)[1])) == 1, 5)
        start = time.monotonic()
        itt, got = other.read(0, 512), 0
        while got < 512 * 512:
            p = other.pdu(10)
            check(p and p.itt == itt, "a read of another session waits")
            got += len(p.data)
        took = time.monotonic() - start
    finally:
        dmsetup("resume", "--noudevsync")
    end_all(ended + [other])
    return "%.0f ms" % (took * 1000)


def reset_of_waiting():
    """READs of an initiator that takes nothing, for some of which there is no memory, and
    another initiator resets their unit."""
    sessions_left(0)
    n, blocks = 6, 16384
    other = connect(NAME + "resets").login().ready()
    c = connect(NAME + "waits").login().ready()
    itts = [c.read(0, blocks) for _ in range(n)]
    time.sleep(0.5)
    check(other.run_tmf(LUN_RESET) == TMF_COMPLETE, "LUN RESET failed")
    ends = {}
    while len(ends) < n:
        p = c.pdu(20)
        check(p, "%d of %d ended" % (len(ends), n))
        if p.op == SCSI_RSP or p.op == DATA_IN and p.flags & 1:
            ends[p.itt] = p.status
    good = list(ends.values()).count(GOOD)
    check(good < n and [ends[i] for i in itts] == [GOOD] * good + [TASK_ABORTED] * (n - good),
          str(ends))
    c.ready()
    end_all([c, other])
    return "%d of %d had memory" % (good, n)


def others_hold_all():
    """Initiators that take nothing hold all memory there is, in commands of every length: one
    that sends nothing unasked, for which nothing is set aside on that account, goes on."""
    sessions_left(0)
    crowd = []
    for n, blocks in enumerate((16384, 8192, 1024, 1024, 128, 128, 8, 8)):
        c = Conn(PORTAL, TARGET, NAME + "holds%d" % n, rcvbuf=4096).login().ready()
        for _ in range(32):
            c.read(0, blocks)
        crowd.append(c)
    time.sleep(0.5)
    modest = connect(FRIEND).login().ready()
    modest.s.settimeout(5)
    slowest = 0
    for lba in range(0, 2048, 128):
        data = os.urandom(65536)
        start = time.monotonic()
        check(modest.run(modest.write(lba, 128), data)[0] == GOOD, "WRITE failed")
        check(modest.run(modest.read(lba, 128))[:2] == (GOOD, data), "READ failed")
        slowest = max(slowest, time.monotonic() - start)
    end_all(crowd + [modest])
    return "the slowest pair %.0f ms" % (slowest * 1000)


# ---- the kernel's log ----

def log_lines():
    """How many lines the kernel has logged since it began."""
    fd, last = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK), b"0,0"
    try:
        while True:
            try:
                last = os.read(fd, 8192)
            except BlockingIOError:
                return int(last.split(b",")[1])
            except BrokenPipeError:
                pass	# older ones have been overwritten
    finally:
        os.close(fd)


# What target core writes a line about, each time.
MISTAKES = {
    "READ beyond the end": lambda c: c.read(1 << 30, 1),
    "a LUN that is not there": lambda c: c.read(0, 1, 77),
    "MODE SENSE of no page": lambda c: c.scsi(bytes([0x5a, 0, 0x3e, 0, 0, 0, 0, 0, 252]), read=252),
    "RESERVE after REGISTER": lambda c: c.scsi(bytes([0x16, 0])),
    "PERSISTENT RESERVE IN of nothing": lambda c: c.scsi(bytes([0x5e, 9, 0, 0, 0, 0, 0, 0, 64]), read=64),
}


def make_mistakes(c, mistake, seconds):
    """Requests that are refused, as many as the window takes, and their answers."""
    refused, end = 0, time.monotonic() + seconds
    open_requests = 0
    while time.monotonic() < end or open_requests:
        while c.window() and time.monotonic() < end:
            mistake(c)
            open_requests += 1
        p = c.pdu(5)
        check(p and p.op == SCSI_RSP, "no answer")
        refused += p.status != GOOD
        open_requests -= 1
    return refused


MISTAKES_MAX = "/sys/module/tcm_iscsi/parameters/mistakes_max"


def spend_what_was_spared(c):
    """The log has room for those of 100 s, at once."""
    first = start = last = time.monotonic()
    beyond, spared = MISTAKES["READ beyond the end"], 0
    with open(MISTAKES_MAX, "w") as f:
        f.write("20")
    try:
        # The last ones are a second late when it is spent.
        while last - start < 0.8:
            check(last - first < 30, "mistakes are never answered later")
            start = last
            spared += make_mistakes(c, beyond, 0.2)
            last = time.monotonic()
    finally:
        with open(MISTAKES_MAX, "w") as f:
            f.write("100")
    return spared


def many_mistakes():
    """They are answered, but only so many a second: each is a line of target core's."""
    seconds, said = 2, []
    c = connect(FRIEND).login().ready()
    spared = spend_what_was_spared(c)
    check(spared > 2000, "only %d mistakes before they were late" % spared)
    check(register(c, 7)[0] == GOOD, "no registration")
    try:
        for name, mistake in MISTAKES.items():
            before = log_lines()
            n = make_mistakes(c, mistake, seconds)
            lines = log_lines() - before
            said.append("%s: %d refused, %d lines a second" %
                        (name, n // seconds, lines // seconds))
            # A second's worth at once, and a line more of each PERSISTENT RESERVE.
            check(n and lines < seconds * 400, said[-1])
    finally:
        register(c, 0)
        c.s.close()
    return "; ".join(said)


def mistakes_beside():
    """A session that makes many mistakes: its other commands do not wait."""
    c = connect(FRIEND).login().ready()
    spend_what_was_spared(c)
    slowest, good, end = 0, 0, time.monotonic() + 2
    wrong = {c.read(1 << 30, 1) for _ in range(c.max_cmdsn - c.cmdsn)}
    started, itt = time.monotonic(), c.read(0, 1)
    while time.monotonic() < end:
        p = c.pdu(5)
        check(p, "no answer")
        if p.itt == itt and p.op in (SCSI_RSP, DATA_IN):
            check(p.status == GOOD, "status 0x%x" % p.status)
            slowest = max(slowest, time.monotonic() - started)
            good += 1
            started, itt = time.monotonic(), c.read(0, 1)
        elif p.itt in wrong:
            wrong.remove(p.itt)
            wrong.add(c.read(1 << 30, 1))
    c.s.close()
    # Another initiator's are not late.
    c = connect(NAME + "other").login().ready()
    start = time.monotonic()
    c.run(c.read(1 << 30, 1))
    check(time.monotonic() - start < 0.5, "one mistake of another initiator took long")
    c.s.close()
    check(slowest < 0.5, "a good command took %d ms" % (slowest * 1000))
    return "%d good ones beside them, the slowest took %d ms" % (good, slowest * 1000)


# ---- EXTENDED COPY ----

COPY_BLOCKS = 16384


def available():
    """MiB of the machine's memory that are not in use."""
    for line in read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) >> 10
    return 0


def name_of(c, lun):
    return naa(c.run(c.scsi(bytes([0x12, 1, 0x83, 0, 255]), read=255, lun=lun))[1])


def debugobjects():
    """Target core of 6.1 has commands of a copy on its stack, which these report."""
    return os.environ.get("TCM_ISCSI_GUEST", "").startswith("debug")


def copy(c, lun, cdb, data):
    itt = c.scsi(cdb, write=len(data), lun=lun)
    p = c.pdu(10)
    check(p and p.op == R2T and p.itt == itt, "no R2T for EXTENDED COPY")
    c.answer(p, data)


def many_copies():
    """EXTENDED COPYs of 8 MiB that wait for a backend: how much memory they have."""
    if debugobjects():
        raise Skipped("no EXTENDED COPY with debugobjects")
    sessions_left(0)
    n, c = 40, connect(NAME + "copies").login().ready(4)
    name = name_of(c, 4)
    cdb, data = copy_command(name, name, COPY_BLOCKS, 0, COPY_BLOCKS)
    before = available()
    dmsetup("suspend", "--noudevsync", "--noflush")
    try:
        for _ in range(n):
            copy(c, 4, cdb, data)
        time.sleep(1)
        taken = before - available()
    finally:
        dmsetup("resume", "--noudevsync")
    ends = []
    while len(ends) < n:
        p = c.pdu(20)
        check(p, "%d of %d ended" % (len(ends), n))
        ends += [p.status] if p.op == SCSI_RSP else []
    check(ends == [GOOD] * n, str(ends))
    c.s.close()
    check(taken < 100, "%d MiB for %d copies" % (taken, n))
    return "%d MiB for %d copies" % (taken, n)


def copy_waits():
    """For the unit that it copies from: reservations of the one that it copies to go on."""
    if debugobjects():
        raise Skipped("no EXTENDED COPY with debugobjects")
    c = connect(NAME + "copies").login().ready().ready(1)
    other = connect(NAME + "reserves").login().ready()
    cdb, data = copy_command(name_of(c, 1), name_of(c, 0), 8)
    dmsetup("suspend", "--noudevsync", "--noflush")
    try:
        copy(c, 0, cdb, data)
        time.sleep(0.5)
        start = time.monotonic()
        itt = other.scsi(struct.pack(">BBBBBIB", 0x5f, 6, 0, 0, 0, 24, 0), write=24)
        other.answer(other.pdu(), struct.pack(">QQQ", 0, 7, 0))
        p = other.pdu(5)
        took = time.monotonic() - start
    finally:
        dmsetup("resume", "--noudevsync")
    check(p and p.itt == itt and p.status == GOOD, "REGISTER had no answer")
    p = c.pdu(20)
    check(p and p.op == SCSI_RSP and p.status == GOOD, "the copy has not ended well")
    check(register(other, 0)[0] == GOOD, "no end of a registration")
    end_all([c, other])
    return "%.0f ms" % (took * 1000)


run_tests([
    ("sessions are refused before memory ends", many_sessions),
    ("an initiator port comes again at the bound", comes_again),
    ("task management functions of many parts are refused", many_parts),
    ("aborts that wait leave others theirs", many_aborts),
    ("sessions that a backend does not let end leave memory to others",
     lambda: ended_sessions(lambda c: c.s.close())),
    ("and those that are evicted, too, whose initiators stay", lambda: ended_sessions(evict)),
    ("READs that wait for memory end with a reset of their unit", reset_of_waiting),
    ("a session goes on while others hold all memory", others_hold_all),
    ("an initiator's mistakes do not fill the log", many_mistakes),
    ("only mistakes are answered later", mistakes_beside),
    ("EXTENDED COPYs that wait take little memory", many_copies),
    ("an EXTENDED COPY that waits holds up no reservation", copy_waits),
    ("registrations of a device are bounded", many_registrations),
    ("responses that nobody reads are few", many_responses),
    ("a list of targets is exact while they come and go", changing_list),
    ("a list of targets that nobody reads takes little memory", many_lists),
    ("names that demo mode remembers are bounded", many_names),
], sys.argv[6] if len(sys.argv) > 6 else "")
