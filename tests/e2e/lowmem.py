# SPDX-License-Identifier: GPL-2.0
"""Usage: lowmem.py PORTAL TARGET WRITES

64 sessions, each with as many writes of 1 MiB outstanding as its window allows,
at most 128. Run by 28-low-memory.
"""
import struct
import sys
import threading
import time

from initiator import BLOCK, DATA_OUT, GOOD, NONE, R2T, SCSI_RSP, Conn, LoginFailed

PORTAL, TARGET, WRITES = sys.argv[1], sys.argv[2], int(sys.argv[3])
SESSIONS, DEPTH, MIB = 64, 128, 1 << 20
DATA = memoryview(bytes(MIB))
threading.stack_size(256 << 10)
failed, windows, slowest, lock = [], [], [0.0], threading.Lock()


def answer(c, r2t):
    """All that it asks for, in segments of 64 KiB."""
    offset, end, sn = r2t.word(40), r2t.word(40) + r2t.word(44), 0
    while offset < end:
        size = min(65536, end - offset)
        b = c.header(DATA_OUT, 0x80 if offset + size == end else 0, r2t.itt)
        b[8:16], b[5:8] = r2t.bhs[8:16], size.to_bytes(3, "big")
        struct.pack_into(">II", b, 20, r2t.ttt, 0)
        struct.pack_into(">II", b, 36, sn, offset)
        c.s.sendall(b)
        c.s.sendall(DATA[offset:offset + size])
        offset, sn = offset + size, sn + 1


def session(number):
    c = Conn(PORTAL, TARGET, "iqn.2025-01.org.example:low%d" % number, timeout=300)
    c.login().ready()
    c.s.settimeout(300)
    windows.append((c.max_cmdsn - c.cmdsn + 1) & NONE)
    sent, done, begun = 0, 0, {}
    while done < WRITES:
        while sent < WRITES and sent - done < DEPTH and c.window():
            begun[c.write(2048 * (sent % 1024), MIB // BLOCK)] = time.monotonic()
            sent += 1
        p = c.pdu()
        if p.op == R2T:
            answer(c, p)
        elif p.op == SCSI_RSP:
            if p.status != GOOD or p.response:
                raise LoginFailed("write: status 0x%x %s" % (p.status, p.sense()))
            with lock:
                slowest[0] = max(slowest[0], time.monotonic() - begun.pop(p.itt))
            done += 1
    c.run_logout()
    c.s.close()


def run(number):
    try:
        session(number)
    except Exception as e:
        failed.append("session %d: %r" % (number, e))


def available():
    with open("/proc/meminfo") as f:
        return next(int(s.split()[1]) for s in f if s.startswith("MemAvailable")) // 1024


start, least = time.monotonic(), available()
threads = [threading.Thread(target=run, args=(i,)) for i in range(SESSIONS)]
for t in threads:
    t.start()
while any(t.is_alive() for t in threads):
    least = min(least, available())
    time.sleep(0.2)
took = time.monotonic() - start
print("%d writes of 1 MiB, %.0f MB/s, the slowest %.1f s; windows of %d to %d; "
      "at least %d MiB were available" %
      (SESSIONS * WRITES, SESSIONS * WRITES * MIB / 1e6 / took, slowest[0],
       min(windows or [0]), max(windows or [0]), least))
for text in failed[:10]:
    print(text)
sys.exit(bool(failed))
