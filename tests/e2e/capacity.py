# SPDX-License-Identifier: GPL-2.0
"""Usage: capacity.py PORTAL TARGET BLOCKS READY

Four sessions of two initiators log in, the file READY is made, and each has to
be told CAPACITY DATA HAS CHANGED, once, and to read the capacity BLOCKS. Run by
25-capacity.
"""
import struct
import sys
import time

from initiator import CHECK_CONDITION, GOOD, Conn

portal, target, blocks, ready = sys.argv[1:5]
sessions = [Conn(portal, target, "iqn.2025-01.org.example:%s" % name).login().ready()
            for name in ("one", "one", "two", "two")]
open(ready, "w").close()
start = time.monotonic()
told = {}
while len(told) < len(sessions):
    if time.monotonic() > start + 10:
        sys.exit("%d of %d sessions were told within 10 s" % (len(told), len(sessions)))
    for i, c in enumerate(sessions):
        status, _, sense = c.run(c.scsi(bytes(6)))
        if status == GOOD:
            continue
        if status != CHECK_CONDITION or sense != (6, 0x2a, 9) or i in told:
            sys.exit("session %d: status 0x%x %s" % (i, status, sense))
        told[i] = time.monotonic() - start
    time.sleep(0.1)
for c in sessions:
    status, data, sense = c.run(c.scsi(b"\x25" + bytes(9), read=8))
    last, size = struct.unpack(">II", data)
    if status != GOOD or (last + 1, size) != (int(blocks), 512):
        sys.exit("READ CAPACITY: status 0x%x %s, %d blocks" % (status, sense, last + 1))
# not twice
time.sleep(6)
for c in sessions:
    status, _, sense = c.run(c.scsi(bytes(6)))
    if status != GOOD:
        sys.exit("told again: %s" % (sense,))
    c.run_logout()
print("after %.1f to %.1f s" % (min(told.values()), max(told.values())))
