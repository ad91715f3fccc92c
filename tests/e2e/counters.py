# SPDX-License-Identifier: GPL-2.0
"""Usage: counters.py PORTAL TARGET SECURE-TARGET INITIATOR FABRIC-DIRECTORY STORE [PATTERN]

TARGET has an ACL for INITIATOR with LUN 0, STORE, and pings after 3 s, SECURE-TARGET a
CHAP secret. Run by 24-statistics.
"""
import os
import struct
import sys

from guest import read
from initiator import ABORT_TASK, BLOCK, GOOD, LOGIN, LOGOUT, LUN_RESET, SCSI, Closed, Conn, \
    LoginFailed, check, eventually, run_tests

PORTAL, TARGET, SECURE, COUNTED, FABRIC, STORE = sys.argv[1:7]
ACL = "%s/%s/tpgt_1/acls/%s" % (FABRIC, TARGET, COUNTED)
MIB = 1 << 20
# RFC 4544: which kind of login failed last
OTHER, FORBIDDEN, AUTHENTICATION, NEGOTIATION = 2, 4, 5, 6


def directory(path):
    """Names and values; what is no number remains text."""
    values = {}
    for name in os.listdir(path):
        text = read(path + "/" + name).strip()
        values[name] = int(text) if text.isdigit() else text
    return values


def of_target(which, target=TARGET):
    return directory("%s/%s/fabric_statistics/iscsi_%s" % (FABRIC, target, which))


def session():
    return directory(ACL + "/fabric_statistics/iscsi_sess_stats")


def expect(what, have, **want):
    have = {k: have.get(k) for k in want}
    check(have == want, "%s: %s, expected %s" % (what, have, want))


def grown(before, after):
    return {k: v - before[k] for k, v in after.items()
            if isinstance(v, int) and isinstance(before.get(k), int)}


def no_session():
    eventually(lambda: of_target("instance")["sessions"] == 0)


# ---- logins ----

def refused(c, how):
    try:
        how(c)
        raise SystemExit("the login is not refused")
    except LoginFailed:
        c.s.close()


def failed(target, name, kind, counter, how):
    """One more of that kind, and it is the last one."""
    before = of_target("login_stats", target)
    c = Conn(PORTAL, target, name)
    address = c.s.getsockname()[0]
    refused(c, how)
    expect(counter, grown(before, of_target("login_stats", target)),
           **{k: int(k == counter) for k in before if k not in ("inst", "indx")})
    attr = of_target("tgt_attr", target)
    stats = of_target("login_stats", target)
    expect(counter, attr, last_fail_type=kind, fail_intr_name=name, fail_intr_addr=address,
           fail_intr_addr_type="ipv4",
           login_fails=sum(v for k, v in stats.items() if k.endswith(("fails", "redirects"))))
    with open("/proc/uptime") as f:
        uptime = float(f.read().split()[0]) * 100
    check(abs(uptime - attr["last_fail_time"]) < 500, "last_fail_time %d at %d" %
          (attr["last_fail_time"], uptime))


def joins_nothing(c):
    b = c.header(LOGIN | 0x40, 0x87, 0)
    b[8:14] = c.isid
    b[14:16] = b"\x77\x77"
    struct.pack_into(">I", b, 20, 0)
    c.send(b, "".join("%s=%s\0" % k for k in c.names().items()).encode())
    status = struct.unpack_from(">H", c.pdu().bhs, 36)[0]
    check(status == 0x020a, "status 0x%04x" % status)
    raise LoginFailed(status)


def logins():
    stranger = "iqn.2025-01.org.example:stranger"
    failed(SECURE, stranger, AUTHENTICATION, "authenticate_fails",
           lambda c: c.chap("user24", "not-the-secret"))
    failed(TARGET, stranger, FORBIDDEN, "authorize_fails", lambda c: c.login())
    failed(TARGET, COUNTED, NEGOTIATION, "negotiate_fails",
           lambda c: c.login(MaxBurstLength="Irrelevant"))
    failed(TARGET, COUNTED, OTHER, "other_fails", joins_nothing)
    before = of_target("login_stats")
    c = Conn(PORTAL, TARGET, COUNTED).login()
    expect("a good one", grown(before, of_target("login_stats")), accepts=1, other_fails=0)
    expect("a session", of_target("instance"), sessions=1, portals=1, nodes=1)
    c.run_logout()
    c.s.close()
    no_session()


# ---- commands and data ----

def places():
    lun = "%s/%s/tpgt_1/lun/lun_0/statistics/" % (FABRIC, TARGET)
    return {"port": directory(lun + "scsi_tgt_port"),
            "acl": directory(ACL + "/lun_0/statistics/scsi_auth_intr"),
            "unit": directory(STORE + "/statistics/scsi_lu"),
            "session": session()}


def commands():
    c = Conn(PORTAL, TARGET, COUNTED).login(InitialR2T="No", ImmediateData="Yes").ready()
    expect("the initiator port", directory(ACL + "/lun_0/statistics/scsi_att_intr_port"),
           port_ident="%s+i+%s" % (COUNTED, c.isid.hex()))
    before = places()
    expect("of the ACL", before["acl"], intr_name=COUNTED, att_count=1)
    size = 128 << 10
    for _ in range(16):
        check(c.run(c.write(0, size // BLOCK), bytes(size))[0] == GOOD, "WRITE")
    for _ in range(24):
        check(c.run(c.read(0, size // BLOCK))[0] == GOOD, "READ")
    after = {k: grown(before[k], v) for k, v in places().items()}
    expect("target port", after["port"], in_cmds=40, write_mbytes=2, read_mbytes=3)
    expect("ACL", after["acl"], num_cmds=40, write_mbytes=2, read_mbytes=3)
    expect("unit", after["unit"], num_cmds=40, write_mbytes=2, read_mbytes=3, resets=0)
    expect("session", after["session"], cmd_pdus=40, rsp_pdus=40, txdata_octs=3 * MIB,
           rxdata_octs=2 * MIB, conn_digest_errors=0, conn_timeout_errors=0)
    # data that comes with the command counts, too
    before = session()
    c.itt += 1
    b = c.header(SCSI, 0x80 | 0x20 | 1, c.itt)
    struct.pack_into(">I", b, 20, 2 * BLOCK)
    b[32:48] = struct.pack(">BBIBHB6x", 0x2a, 0, 0, 0, 2, 0)
    c.send(b, bytes(2 * BLOCK))
    c.cmdsn += 1
    check(c.run(c.itt)[0] == GOOD, "WRITE")
    expect("session", grown(before, session()), cmd_pdus=1, txdata_octs=0,
           rxdata_octs=2 * BLOCK)
    # what is two commands to target core is one
    before = session()
    write_and_verify = struct.pack(">BBIBHB", 0x2e, 2, 0, 0, 2, 0)
    check(c.run(c.scsi(write_and_verify, write=2 * BLOCK), bytes(2 * BLOCK))[0] == GOOD,
          "WRITE AND VERIFY")
    expect("session", grown(before, session()), cmd_pdus=1, rsp_pdus=1,
           rxdata_octs=2 * BLOCK)
    c.run_logout()
    c.s.close()
    no_session()
    # it leaves its ACL right after it has left the portal group
    eventually(lambda: session()["cmd_pdus"] == "")


def functions():
    """LOGICAL UNIT RESET, and ABORT TASK of a write that waits for its data."""
    c = Conn(PORTAL, TARGET, COUNTED).login().ready()
    resets = directory(STORE + "/statistics/scsi_lu")["resets"]
    check(c.run_tmf(LUN_RESET) == 0, "LOGICAL UNIT RESET")
    expect("unit", directory(STORE + "/statistics/scsi_lu"), resets=resets + 1)
    aborts = directory(STORE + "/statistics/scsi_tgt_dev")["aborts_complete"]
    itt = c.ready().write(0, 1)
    c.pdu()     # its R2T
    check(c.run_tmf(ABORT_TASK, itt) == 0, "ABORT TASK")
    expect("unit", directory(STORE + "/statistics/scsi_tgt_dev"), aborts_complete=aborts + 1)
    c.run_logout()
    c.s.close()
    no_session()


# ---- errors ----

def ends(c):
    try:
        while True:
            c.pdu()
    except Closed:
        c.s.close()


def digest(c):
    c.scsi(bytes(6))
    c.s.sendall(b"\1\2\3\4")
    ends(c)


def too_long(c):
    """A data segment of 16 MiB."""
    b = c.header(0x40, 0x80, 1)
    b[5:8] = b"\xff\xff\xff"
    c.s.sendall(bytes(b))
    ends(c)


def silent(c):
    """It answers no ping; the connection is reset."""
    c.s.settimeout(15)
    try:
        while c.s.recv(4096):
            pass
    except ConnectionError:
        pass
    c.s.close()


def errors():
    sum_before = of_target("instance")["fail_sess"]
    kinds = (("digest_errors", 1, digest, {"HeaderDigest": "CRC32C"}),
             ("cxn_errors", 2, silent, {}), ("format_errors", 3, too_long, {}))
    for counter, kind, make, keys in kinds:
        before = of_target("sess_err")
        make(Conn(PORTAL, TARGET, COUNTED).login(**keys))
        no_session()
        expect(counter, grown(before, of_target("sess_err")),
               **{k: int(k == counter) for k in before if k != "inst"})
        expect(counter, of_target("instance"), fail_type=kind, fail_rem_name=COUNTED)
    expect("sum", of_target("instance"), fail_sess=sum_before + len(kinds))


# ---- logouts ----

def logouts():
    for reason, counter in (0, "normal_logouts"), (1, "abnormal_logouts"):
        before = of_target("logout_stats")
        c = Conn(PORTAL, TARGET, COUNTED).login()
        c.send(c.header(LOGOUT | 0x40, 0x80 | reason, 1))
        ends(c)
        no_session()
        expect(counter, grown(before, of_target("logout_stats")),
               normal_logouts=int(not reason), abnormal_logouts=reason)


run_tests([
    ("logins", logins),
    ("commands and data", commands),
    ("task management", functions),
    ("errors of sessions", errors),
    ("logouts", logouts),
], *sys.argv[7:])
