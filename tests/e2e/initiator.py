# SPDX-License-Identifier: GPL-2.0
"""An initiator that does as it is told, well or badly, for the scripts here.

It speaks as much of RFC 7143 as they need: no digests, one connection. And as a
process costs seconds in the debug kernel, what a script does with it is one
program of many tests, which prints TAP without numbers.
"""
import hashlib
import os
import socket
import struct
import sys
import time
import traceback

NONE = 0xffffffff
BLOCK = 512

# Opcodes
NOP_OUT, SCSI, TMF, LOGIN, DATA_OUT, LOGOUT = 0, 1, 2, 3, 5, 6
NOP_IN, SCSI_RSP, TMF_RSP, LOGIN_RSP, DATA_IN, LOGOUT_RSP = \
    0x20, 0x21, 0x22, 0x23, 0x25, 0x26
R2T, ASYNC, REJECT = 0x31, 0x32, 0x3f
# Task management functions and responses
ABORT_TASK, ABORT_TASK_SET, LUN_RESET, WARM_RESET = 1, 2, 5, 6
TMF_COMPLETE, TMF_NO_TASK = 0, 1
# SCSI status
GOOD, CHECK_CONDITION, BUSY, TASK_SET_FULL, TASK_ABORTED = 0, 2, 8, 0x28, 0x40


class Closed(Exception):
    """The target has ended the connection."""


class LoginFailed(Exception):
    """The status is in args[0]."""


class Pdu:
    def __init__(self, bhs, data=b""):
        self.bhs, self.data = bhs, data
        self.op = bhs[0] & 0x3f
        self.flags, self.response, self.status = bhs[1:4]
        self.itt, self.ttt = struct.unpack_from(">II", bhs, 16)

    def word(self, offset):
        return struct.unpack_from(">I", self.bhs, offset)[0]

    def sense(self):
        """(key, asc, ascq)"""
        if len(self.data) < 16:
            return (0, 0, 0)
        s = self.data[2:]
        return (s[2] & 15, s[12], s[13])


def after(a, b):
    """a > b in serial arithmetic"""
    return a != b and (a - b) & NONE < 1 << 31


class Conn:
    def __init__(self, portal, target, name="iqn.2025-01.org.example:peer",
                 isid=None, rcvbuf=None, timeout=20, source=None):
        host, port = portal.rsplit(":", 1)
        self.s = socket.socket(socket.AF_INET)
        if rcvbuf:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.s.settimeout(timeout)
        if source:
            self.s.bind((source, 0))
        self.s.connect((host, int(port)))
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.target, self.name = target, name
        self.isid = isid or b"\x80" + os.urandom(5)
        self.cmdsn, self.exp_statsn, self.itt = 1, 0, 0
        self.max_cmdsn = 0
        self.buf = b""
        self.keys = {}
        self.status = 0
        self.tsih = 0

    # ---- bytes ----

    def fileno(self):
        return self.s.fileno()

    def send(self, bhs, data=b""):
        bhs[5:8] = len(data).to_bytes(3, "big")
        self.s.sendall(bytes(bhs) + data + b"\0" * (-len(data) % 4))

    def _need(self, n):
        while len(self.buf) < n:
            try:
                got = self.s.recv(1 << 18)
            except ConnectionError:
                got = b""
            if not got:
                raise Closed()
            self.buf += got

    def pdu(self, seconds=None):
        """The next PDU, pings answered; None when none has begun in time."""
        if seconds is not None and len(self.buf) < 48:
            self.s.settimeout(max(seconds, 0.001))
            try:
                self._need(1)
            except (socket.timeout, BlockingIOError):
                return None
            finally:
                self.s.settimeout(20)
        while True:
            self._need(48)
            size = int.from_bytes(self.buf[5:8], "big")
            whole = 48 + size + -size % 4
            self._need(whole)
            p = Pdu(self.buf[:48], self.buf[48:48 + size])
            self.buf = self.buf[whole:]
            if p.op in (SCSI_RSP, TMF_RSP, LOGIN_RSP, LOGOUT_RSP, REJECT, ASYNC) or \
               p.op == DATA_IN and p.flags & 1 or p.op == NOP_IN and p.itt != NONE:
                self.exp_statsn = (p.word(24) + 1) & NONE
            self.max_cmdsn = p.word(32)
            if p.op == NOP_IN and p.ttt != NONE:
                pong = self.header(NOP_OUT | 0x40, 0x80, NONE)
                struct.pack_into(">I", pong, 20, p.ttt)
                pong[8:16] = p.bhs[8:16]
                self.send(pong)
                if seconds is not None:
                    return None
                continue
            return p

    def header(self, opcode, flags, itt, lun=0):
        b = bytearray(48)
        b[0], b[1] = opcode, flags
        b[9] = lun
        struct.pack_into(">I", b, 16, itt)
        struct.pack_into(">II", b, 24, self.cmdsn, self.exp_statsn)
        return b

    # ---- login ----

    def login_send(self, flags, keys):
        b = self.header(LOGIN | 0x40, flags, 0)
        b[8:14] = self.isid
        b[14:16] = b"\0\0"
        struct.pack_into(">I", b, 20, 0)
        self.send(b, "".join("%s=%s\0" % k for k in keys.items()).encode())

    def login_round(self, flags, keys):
        self.login_send(flags, keys)
        p = self.pdu()
        if p.op != LOGIN_RSP:
            raise LoginFailed("opcode 0x%x" % p.op)
        self.status = struct.unpack_from(">H", p.bhs, 36)[0]
        if self.status:
            raise LoginFailed("status 0x%04x" % self.status)
        self.tsih = struct.unpack_from(">H", p.bhs, 14)[0]
        got = dict(k.split("=", 1) for k in p.data.decode().split("\0") if k)
        self.keys.update(got)
        return got

    def names(self):
        return {"InitiatorName": self.name, "TargetName": self.target,
                "SessionType": "Normal"}

    def login(self, **more):
        keys = self.names()
        keys.update({"HeaderDigest": "None", "DataDigest": "None",
                     "InitialR2T": "Yes", "ImmediateData": "No",
                     "MaxRecvDataSegmentLength": "65536",
                     "MaxBurstLength": "262144", "MaxOutstandingR2T": "1",
                     "DefaultTime2Wait": "0", "DefaultTime2Retain": "0",
                     "ErrorRecoveryLevel": "0"})
        keys.update(more)
        self.login_round(0x87, keys)
        return self

    def chap(self, user, secret):
        """The security stage only; raises LoginFailed."""
        keys = self.names()
        keys["AuthMethod"] = "CHAP"
        self.login_round(0x00, keys)
        got = self.login_round(0x00, {"CHAP_A": "5"})
        digest = hashlib.md5(bytes([int(got["CHAP_I"])]) + secret.encode() +
                             bytes.fromhex(got["CHAP_C"][2:])).hexdigest()
        self.login_round(0x81, {"CHAP_N": user, "CHAP_R": "0x" + digest})

    # ---- requests ----

    def window(self):
        return not after(self.cmdsn, self.max_cmdsn)

    def scsi(self, cdb, read=0, write=0, lun=0):
        """Send a command, return its ITT."""
        self.itt = (self.itt + 1) % NONE
        b = self.header(SCSI, 0x80 | (0x40 if read else 0) |
                        (0x20 if write else 0) | 1, self.itt, lun)
        struct.pack_into(">I", b, 20, read or write)
        b[32:48] = cdb + bytes(16 - len(cdb))
        self.send(b)
        self.cmdsn = (self.cmdsn + 1) & NONE
        return self.itt

    def read(self, lba, blocks, lun=0):
        return self.scsi(struct.pack(">BBIBHB", 0x28, 0, lba, 0, blocks, 0),
                         read=blocks * BLOCK, lun=lun)

    def write(self, lba, blocks, lun=0):
        """R2T will come; answer() sends the data."""
        return self.scsi(struct.pack(">BBIBHB", 0x2a, 0, lba, 0, blocks, 0),
                         write=blocks * BLOCK, lun=lun)

    def answer(self, r2t, data, part=None):
        """Data-Out for an R2T, or only its first bytes, without the F bit."""
        offset, length = r2t.word(40), r2t.word(44)
        sn, end = 0, offset + (length if part is None else part)
        while offset < end:
            piece = data[offset:min(end, offset + 8192)]
            last = offset + len(piece) == r2t.word(40) + length
            b = self.header(DATA_OUT, 0x80 if last else 0, r2t.itt)
            b[8:16] = r2t.bhs[8:16]
            struct.pack_into(">I", b, 20, r2t.ttt)
            struct.pack_into(">I", b, 24, 0)
            struct.pack_into(">II", b, 36, sn, offset)
            self.send(b, piece)
            offset += len(piece)
            sn += 1

    def tmf(self, function, ref=None, lun=0, refsn=0):
        """Immediate; returns its ITT."""
        self.itt = (self.itt + 1) % NONE
        b = self.header(TMF | 0x40, 0x80 | function, self.itt, lun)
        struct.pack_into(">I", b, 20, NONE if ref is None else ref)
        struct.pack_into(">I", b, 32, refsn)
        self.send(b)
        return self.itt

    def logout(self):
        self.itt = (self.itt + 1) % NONE
        self.send(self.header(LOGOUT | 0x40, 0x80, self.itt))
        return self.itt

    # ---- whole commands, one at a time ----

    def run(self, itt, data=b""):
        """To the end of a command: (status, data, sense)"""
        got = b""
        while True:
            p = self.pdu()
            if p.op == R2T:
                self.answer(p, data)
            elif p.op == DATA_IN:
                got += p.data
                if p.flags & 1:
                    return p.status, got, (0, 0, 0)
            elif p.op == SCSI_RSP and p.itt == itt:
                return p.status, got, p.sense()

    def run_tmf(self, function, ref=None, lun=0):
        itt = self.tmf(function, ref, lun)
        while True:
            p = self.pdu()
            if p.op == TMF_RSP and p.itt == itt:
                return p.response

    def run_ping(self):
        """All that is immediate and was sent before has begun then."""
        self.itt = (self.itt + 1) % NONE
        b = self.header(NOP_OUT | 0x40, 0x80, self.itt)
        struct.pack_into(">I", b, 20, NONE)
        self.send(b)
        while True:
            p = self.pdu()
            if p.op == NOP_IN and p.itt == self.itt:
                return

    def run_logout(self):
        itt = self.logout()
        while True:
            p = self.pdu()
            if p.op == LOGOUT_RSP and p.itt == itt:
                return p.response

    def ready(self, lun=0):
        """Fetch the unit attentions."""
        for _ in range(10):
            status, _, sense = self.run(self.scsi(bytes(6), lun=lun))
            if status == GOOD:
                return self
        raise SystemExit("TEST UNIT READY: 0x%x %s" % (status, sense))


# ---- EXTENDED COPY (LID1) ----

def naa(page):
    """The NAA designator of page 83h."""
    i = 4
    while i < len(page):
        size = page[i + 3]
        if page[i + 1] & 0x3f == 3:
            return page[i + 4:i + 4 + size]
        i += 4 + size
    raise Failed("no NAA in %r" % page)


def copy_command(source, sink, blocks, source_lba=0, sink_lba=0):
    """Between two designators: the CDB and the parameter list."""
    def target(name):
        return struct.pack(">BBHBBBB", 0xe4, 0, 0, 1, 3, 0, len(name)) + \
            name.ljust(20, b"\0") + struct.pack(">BBH", 0, 0, BLOCK)
    segment = struct.pack(">BBHHHHHQQ", 2, 0, 0x18, 0, 1, 0, blocks, source_lba, sink_lba)
    targets = target(source) + target(sink)
    data = struct.pack(">BBHIII", 1, 0, len(targets), 0, len(segment), 0) + targets + segment
    return struct.pack(">BB8xIBB", 0x83, 0, len(data), 0, 0), data


# ---- many sessions in one process ----

def raise_limits(n):
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (n + 100, n + 100))


def kernel_sockets(port):
    """What the kernel holds of connections to this port, but for those that
    have been closed by both sides."""
    n = 0
    with open("/proc/net/tcp") as f:
        for line in f:
            field = line.split()
            if field[1].endswith(":%04X" % port) and field[3] not in ("0A", "06"):
                n += 1
    return n


def eventually(true, seconds=20, step=0.1):
    """Seconds that it took; fails when it does not come true."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > seconds:
            raise Failed("not within %s s" % seconds)
        time.sleep(step)
    return time.monotonic() - start


# ---- TAP ----

class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def check(true, text):
    if not true:
        raise Failed(text)


def say(text):
    print("# " + text, flush=True)


def run_tests(tests, pattern=""):
    """[(name, function)]: each returns a remark, or raises."""
    for name, function in tests:
        if pattern not in name:
            continue
        start = time.monotonic()
        try:
            remark, good = function(), "ok"
        except Skipped as e:
            print("ok - %s # SKIP %s" % (name, e), flush=True)
            continue
        except Exception as e:
            remark, good = None, "not ok"
            if isinstance(e, Failed):
                say("  %s" % e)
            else:
                for line in traceback.format_exc().splitlines():
                    say("  " + line)
        # in one piece: others may write, too
        print("%s - %s (%d ms)%s\n" % (good, name, (time.monotonic() - start) * 1000,
                                       ": " + remark if remark else ""), end="", flush=True)
