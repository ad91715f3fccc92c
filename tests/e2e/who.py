# SPDX-License-Identifier: GPL-2.0
"""Usage: who.py PORTAL FABRIC OPEN-TARGET SECURE-TARGET CLOSED-TARGET [PATTERN]

Who gets in, who waits for it, and what one initiator reaches of another's.
Run by 24-who-gets-in.
"""
import errno
import os
import re
import struct
import subprocess
import sys
import time

from guest import read, write
from initiator import CHECK_CONDITION, GOOD, Closed, Conn, LoginFailed, check, copy_command, \
    eventually, naa, raise_limits, run_tests

PORTAL, FABRIC, OPEN, SECURE, CLOSED = sys.argv[1:6]
USER, SECRET = "user", "secret-of-e2e-24"
# Milliseconds: a login here takes a few, and the guest may be busy.
AT_ONCE = 400
PARAMETERS = "/sys/module/tcm_iscsi/parameters/"
MAX_LOGINS = PARAMETERS + "max_logins"


def attempt(source=None, secret="not the secret of it", target=None):
    """A login with CHAP: (milliseconds, status)."""
    start = time.monotonic()
    c = Conn(PORTAL, target or SECURE, "iqn.2025-01.org.example:who", source=source)
    try:
        c.chap(USER, secret)
    except LoginFailed:
        pass
    took = (time.monotonic() - start) * 1000
    c.s.close()
    return took, c.status


def good(source=None):
    """Milliseconds of a whole login with the right secret."""
    start = time.monotonic()
    c = Conn(PORTAL, SECURE, "iqn.2025-01.org.example:who", source=source)
    c.chap(USER, SECRET)
    keys = {"HeaderDigest": "None", "DataDigest": "None"}
    c.login_round(0x87, keys)
    took = (time.monotonic() - start) * 1000
    c.run_logout()
    c.s.close()
    return took


def failed_logins():
    """(in all, {address: (failures, delay)})"""
    lines = read(PARAMETERS + "failed_logins").splitlines()
    addrs = {w[0]: (int(w[1]), int(w[2])) for w in map(str.split, lines[1:])}
    return int(lines[0]), addrs


# ---- the delay ----

def delayed():
    source, took = "127.0.1.1", []
    for _ in range(10):
        ms, status = attempt(source)
        check(status == 0x0201, "status 0x%04x" % status)
        took.append(ms)
    text = "%s ms" % " ".join("%.0f" % ms for ms in took)
    check(max(took[:3]) < AT_ONCE, "the first ones wait: " + text)
    check(took[9] >= 1000 and max(took) < 1000 + AT_ONCE, text)
    check(took[6] >= 400 - 10, "no growth: " + text)
    check(failed_logins()[1][source] == (10, 1000), failed_logins()[1])
    return text


def others():
    """While one address waits, another does not."""
    bad = [Conn(PORTAL, SECURE, "iqn.2025-01.org.example:who", source="127.0.1.1")
           for _ in range(60)]
    for c in bad:
        c.login_send(0x00, dict(c.names(), AuthMethod="CHAP"))
    took = good("127.0.2.1")
    check(took < AT_ONCE, "%.0f ms" % took)
    for c in bad:
        check(c.pdu(0.01) is None, "answered at once")
        c.s.close()
    return "%.0f ms beside 60 that wait" % took


def honest():
    """The right secret from where wrong ones come: later, but in; then all is
    forgotten."""
    source = "127.0.1.1"
    took = good(source)
    check(took < 1000 + AT_ONCE, "%.0f ms" % took)
    check(source not in failed_logins()[1], failed_logins()[1])
    after, _ = attempt(source)
    check(after < AT_ONCE, "a wrong one after it: %.0f ms" % after)
    return "%.0f ms" % took


def no_reset():
    """A login that proves nothing forgives nothing."""
    source = "127.0.1.2"
    for _ in range(4):
        attempt(source)
    c = Conn(PORTAL, OPEN, "iqn.2025-01.org.example:who", source=source).login()
    c.run_logout()
    check(failed_logins()[1][source][0] == 4, failed_logins()[1])


def forbidden():
    """Whom no ACL names is counted too."""
    source, before = "127.0.1.3", failed_logins()[0]
    for _ in range(2):
        c = Conn(PORTAL, CLOSED, "iqn.2025-01.org.example:who", source=source)
        try:
            c.login()
        except LoginFailed:
            check(c.status == 0x0202, "status 0x%04x" % c.status)
    check(failed_logins()[1][source][0] == 2, failed_logins()[1])
    check(failed_logins()[0] == before + 2, failed_logins()[0])


def off():
    source = "127.0.1.4"
    write(PARAMETERS + "login_delay_max", "0")
    slowest = max(attempt(source)[0] for _ in range(8))
    write(PARAMETERS + "login_delay_max", "1000")
    check(slowest < AT_ONCE, "%.0f ms" % slowest)


def bounded():
    """More addresses than the table has: the longest quiet ones are gone."""
    write(PARAMETERS + "login_delay_max", "0")
    before = failed_logins()[0]
    n = 1100
    for i in range(n):
        c = Conn(PORTAL, CLOSED, "iqn.2025-01.org.example:who",
                 source="127.1.%d.%d" % (i // 250, i % 250 + 1))
        try:
            c.login()
        except LoginFailed:
            pass
        c.s.close()
    total, addrs = failed_logins()
    write(PARAMETERS + "login_delay_max", "1000")
    check(total == before + n, "%d counted" % (total - before))
    check("127.0.1.2" not in addrs, "the longest quiet one is there still")
    check("127.1.4.100" in addrs, "the latest one is not there")
    return "%d lines" % len(addrs)


# ---- connections that wait ----

def give_way():
    """More connections than may wait, and an honest login among them."""
    before = read(MAX_LOGINS)
    write(MAX_LOGINS, "50")
    try:
        idle = [Conn(PORTAL, OPEN, "iqn.2025-01.org.example:idle") for _ in range(300)]
        took = good("127.0.2.1")
    finally:
        write(MAX_LOGINS, before)
    check(took < 1000, "%.0f ms" % took)
    for c in idle:
        c.s.close()
    return "%.0f ms beside 300 that are silent, 50 allowed" % took


def early():
    """Before login is complete, nothing but Login Requests is taken."""
    for opcode in set(range(0x20)) - {3}:
        for begun in (False, True):
            c = Conn(PORTAL, SECURE, "iqn.2025-01.org.example:early")
            if begun:
                c.login_round(0x00, dict(c.names(), AuthMethod="CHAP"))
            c.send(c.header(opcode | 0x40, 0x80, 0))
            try:
                p = c.pdu(5)
                check(p is not None, "opcode 0x%02x: no end" % opcode)
                check(p.op == 0x23 and struct.unpack_from(">H", p.bhs, 36)[0] >> 8 == 2,
                      "opcode 0x%02x: answered with 0x%02x" % (opcode, p.op))
            except Closed:
                pass
            c.s.close()


# ---- secrets ----

def log_lines(after):
    text = subprocess.run(["dmesg", "-S"], stdout=subprocess.PIPE, check=True).stdout
    return text.decode(errors="replace").split(after)[-1].splitlines()


def refused(path, value):
    try:
        write(path, value)
    except OSError as e:
        return e.errno
    return 0


def secrets():
    account = FABRIC + "/" + CLOSED + "/accounts/who"
    os.mkdir(account)
    try:
        secret_lengths(account)
    finally:
        os.rmdir(account)


def secret_lengths(account):
    acl = FABRIC + "/" + CLOSED + "/tpgt_1/acls/iqn.2025-01.org.example:one"
    paths = [p + "/" + name for p in (FABRIC + "/discovery_auth",
                                      FABRIC + "/" + CLOSED + "/tpgt_1/auth", acl + "/auth")
             for name in ("password", "password_mutual")] + [account + "/password"]
    time.sleep(5.1)     # the rate limit of the tests before
    write("/dev/kmsg", "who.py: secrets\n")
    for path in paths:
        check(os.stat(path).st_mode & 0o777 == 0o600, "mode of " + path)
        check(refused(path, "elevenbytes") == errno.EINVAL, "11 bytes: " + path)
        check(read(path) == "\n", "11 bytes changed " + path)
        check(not refused(path, "twelve bytes"), "12 bytes: " + path)
        check(read(path) == "twelve bytes\n", path)
    lines = [s for s in log_lines("who.py: secrets") if "refused" in s]
    check(len(lines) == len(paths), "%d lines for %d refusals" % (len(lines), len(paths)))
    for s in lines:
        check("12 (min_secret_length) to 255" in s and "elevenbytes" not in s, s)

    write(PARAMETERS + "min_secret_length", "6")
    for path in paths:
        check(not refused(path, "sixsix"), "6 bytes: " + path)
    write(PARAMETERS + "min_secret_length", "12")
    for path in paths:
        check(read(path) == "sixsix\n", "what was set is gone: " + path)
        check(refused(path, "sixsix") == errno.EINVAL, "6 bytes again: " + path)
        if "accounts" not in path:
            check(not refused(path, "NULL") and read(path) == "\n", "NULL: " + path)


def parameters():
    """What is out of range is refused, with one line, and changes nothing."""
    time.sleep(5.1)
    write("/dev/kmsg", "who.py: parameters\n")
    bad = [("login_delay_max", v) for v in ("-1", "3001", "x", "4294967296", "")] + \
        [("min_secret_length", v) for v in ("0", "256", "-5", "12x")] + [("max_logins", "0")]
    for name, value in bad:
        before = read(PARAMETERS + name)
        # sysfs sees no write of nothing
        error = refused(PARAMETERS + name, value or "\n")
        check(error in (errno.EINVAL, errno.ERANGE), "%s=%r: %d" % (name, value, error))
        check(read(PARAMETERS + name) == before, "%s=%r changed it" % (name, value))
    lines = [s for s in log_lines("who.py: parameters") if "refused" in s]
    check(len(lines) == len(bad), "%d lines for %d refusals" % (len(lines), len(bad)))
    check(any("3001" in s and "0 to 3000" in s for s in lines), lines)
    check(os.stat(PARAMETERS + "failed_logins").st_mode & 0o777 == 0o400, "mode of failed_logins")


def challenges():
    """Of many logins, and never again within one."""
    seen = set()
    for _ in range(100):
        c = Conn(PORTAL, SECURE, "iqn.2025-01.org.example:who", source="127.0.3.1")
        c.login_round(0x00, dict(c.names(), AuthMethod="CHAP"))
        seen.add(c.login_round(0x00, {"CHAP_A": "5"})["CHAP_C"])
        try:
            c.login_round(0x00, {"CHAP_A": "5"})
            check(False, "a second challenge in one login")
        except (LoginFailed, Closed):
            pass
        c.s.close()
    check(len(seen) == 100, "%d different ones of 100" % len(seen))


def no_secret_told():
    check(SECRET not in subprocess.run(["dmesg", "-S"], stdout=subprocess.PIPE,
                                       check=True).stdout.decode(errors="replace"), "in the log")
    for top, _, files in os.walk(FABRIC):
        for name in files:
            path = os.path.join(top, name)
            if os.stat(path).st_mode & 0o044:
                try:
                    text = read(path)
                except OSError:
                    continue
                check(SECRET not in text, path)


# ---- LUNs of others ----

def lun_field(c, bhs, lun):
    bhs[8:16] = lun
    return bhs


def command(c, lun, cdb, read_len=0, data=b""):
    """Any LUN field: (status, data, sense)"""
    c.itt += 1
    b = c.header(0x01, 0x80 | (0x40 if read_len else 0) | (0x20 if data else 0) | 1, c.itt)
    b[8:16] = lun
    struct.pack_into(">I", b, 20, read_len or len(data))
    b[32:48] = cdb + bytes(16 - len(cdb))
    c.send(b)
    c.cmdsn = (c.cmdsn + 1) & 0xffffffff
    return c.run(c.itt, data)


def at(lun):
    return bytes([0, lun]) + bytes(6)


def flat(lun):
    return bytes([0x40, lun]) + bytes(6)


def both():
    one = Conn(PORTAL, CLOSED, "iqn.2025-01.org.example:one", source="127.0.4.1").login().ready(1)
    two = Conn(PORTAL, CLOSED, "iqn.2025-01.org.example:two", source="127.0.4.1").login().ready(2)
    return one, two


def only_own():
    """Every operation code at the other's LUN, in every way to write it."""
    one, two = both()
    pattern = os.urandom(4096)
    check(one.run(one.write(0, 8, lun=1), pattern)[0] == GOOD, "WRITE of its owner")
    places = [("peripheral", at(1)), ("flat", flat(1)), ("bus 1", bytes([1, 1]) + bytes(6)),
              ("extended", bytes([0xd2, 0, 0, 1]) + bytes(4)),
              ("second level", bytes([0, 0, 0, 1]) + bytes(4))]
    tried = 0
    for name, lun in places:
        for opcode in range(256):
            if opcode in (0x7e, 0x7f) or name != "peripheral" and opcode % 16 not in (0, 2, 8, 10, 15):
                continue
            cdb = bytes([opcode, 0, 0, 0, 0, 0, 0, 0, 1, 0])
            for read_len, data in ((0, b""), (512, b""), (0, bytes(512))):
                status, got, sense = command(two, lun, cdb, read_len, data)
                tried += 1
                if opcode == 0x12 and status == GOOD:
                    check(not got or got[0] == 0x7f, "INQUIRY is answered: %r" % got[:8])
                elif opcode == 0xa0 and status == GOOD:
                    check(b"\0\1" + bytes(6) not in got[8:], "REPORT LUNS: %r" % got)
                elif opcode == 0x03 and status == GOOD:
                    check(not got or got[12] == 0x25, "REQUEST SENSE: %r" % got)
                else:
                    check(status == CHECK_CONDITION and not any(got),
                          "0x%02x at LUN 1 (%s): status 0x%x, %d bytes" %
                          (opcode, name, status, len(got)))
    status, got, _ = one.run(one.read(0, 8, lun=1))
    check(status == GOOD and got == pattern, "its data has changed")
    for c in (one, two):
        c.run_logout()
    return "%d commands" % tried


def report():
    one, two = both()
    for c, own in ((one, 1), (two, 2)):
        for select in range(3):
            for lun in (at(own), at(0), bytes([0xc1, 1]) + bytes(6)):
                cdb = struct.pack(">BBBBBBIBB", 0xa0, 0, select, 0, 0, 0, 512, 0, 0)
                status, got, _ = command(c, lun, cdb, 512)
                if status != GOOD:
                    continue
                listed = {got[i:i + 8] for i in range(8, len(got), 8)}
                check(listed <= {at(own), at(3), bytes(8)} | {bytes([0xc1, 1]) + bytes(6)},
                      "LUN %d's initiator is told of %s" % (own, listed))
    for c in (one, two):
        c.run_logout()


def designator(c, own):
    status, got, _ = command(c, at(own), bytes([0x12, 1, 0x83, 0, 255]), 255)
    check(status == GOOD, "INQUIRY 83h: 0x%x" % status)
    return naa(got)


def xcopy(c, lun, source, sink):
    """EXTENDED COPY of the first eight blocks between two designators."""
    cdb, data = copy_command(source, sink, 8)
    return command(c, at(lun), cdb, data=data)


def write_protected():
    """Every operation code, announced as a write, as a read and as neither, with
    the bit that unmaps; and EXTENDED COPY from a LUN that may be written."""
    one, two = both()
    one.ready(3)
    two.ready(3)
    pattern = os.urandom(4096)
    check(two.run(two.write(0, 8, lun=3), pattern)[0] == GOOD, "WRITE of who may")

    def unchanged(what):
        status, got, _ = two.run(two.read(0, 8, lun=3))
        check(status == GOOD and got == pattern, what + " has changed a protected LUN")

    for opcode in sorted(set(range(256)) - {0x7e, 0x7f}):
        for cdb in (struct.pack(">BBIBHB", opcode, 8, 0, 0, 8, 0),
                    struct.pack(">BBQIBB", opcode, 8, 0, 8, 0, 0)):
            for read_len, data in ((0, b""), (512, b""), (0, bytes(512))):
                status, _, _ = command(one, at(3), cdb, read_len, data)
                if data:
                    check(status != GOOD, "0x%02x with data: GOOD" % opcode)
                if opcode in (0x41, 0x42, 0x83, 0x93):
                    unchanged("0x%02x, %d bytes in, %d out" % (opcode, read_len, len(data)))
    unchanged("one of them")
    check(one.run(one.write(0, 8, lun=1), bytes(4096))[0] == GOOD, "WRITE where it may")
    status, _, sense = xcopy(one, 1, designator(one, 1), designator(one, 3))
    check(status == CHECK_CONDITION, "EXTENDED COPY: 0x%x" % status)
    time.sleep(0.5)
    unchanged("EXTENDED COPY")
    for c in (one, two):
        c.run_logout()
    return "EXTENDED COPY is refused with %02x/%02x%02x" % sense


def no_copy():
    """EXTENDED COPY from and to a LUN of another initiator, by its name."""
    one, two = both()
    secret, own = os.urandom(4096), os.urandom(4096)
    check(one.run(one.write(0, 8, lun=1), secret)[0] == GOOD, "WRITE of one")
    check(two.run(two.write(0, 8, lun=2), own)[0] == GOOD, "WRITE of two")
    theirs, ours = designator(one, 1), designator(two, 2)
    # target core of 6.1 has commands on its stack there, which debugobjects reports
    if not os.environ.get("TCM_ISCSI_GUEST", "").startswith("debug"):
        status, _, sense = xcopy(two, 2, ours, ours)
        check(status == GOOD, "a copy of its own: 0x%x %s" % (status, sense))
    for source, sink in ((theirs, ours), (ours, theirs), (theirs, theirs)):
        status, _, sense = xcopy(two, 2, source, sink)
        check(status == CHECK_CONDITION and sense == (0x0a, 0x0d, 0x02),
              "not 'copy target device not reachable': 0x%x %s" % (status, sense))
    time.sleep(0.5)
    check(one.run(one.read(0, 8, lun=1))[1] == secret, "what one has is overwritten")
    check(two.run(two.read(0, 8, lun=2))[1] == own, "two has what is not its own")
    for c in (one, two):
        c.run_logout()
    return "refused with %02x/%02x%02x" % sense


raise_limits(1000)
run_tests([
    ("wrong secrets are answered later and later", delayed),
    ("other addresses do not wait", others),
    ("the right secret gets in, and the address is forgiven", honest),
    ("a login without a secret forgives nothing", no_reset),
    ("initiators without an ACL are counted", forbidden),
    ("login_delay_max=0 delays nobody", off),
    ("the table of addresses is bounded", bounded),
    ("connections that are silent give way to a login", give_way),
    ("before login is complete only Login Requests are taken", early),
    ("secrets: mode 0600, least length, log line without them", secrets),
    ("parameters out of range are refused", parameters),
    ("challenges are fresh, and there is one to a login", challenges),
    ("no secret is told", no_secret_told),
    ("lun-access: no command reaches a LUN of another", only_own),
    ("lun-access: REPORT LUNS shows nothing of another", report),
    ("lun-access: EXTENDED COPY reaches nothing of another", no_copy),
    ("lun-access: no command writes to a protected LUN", write_protected),
], *sys.argv[6:])
