# SPDX-License-Identifier: GPL-2.0
"""Usage: pauses.py PORTAL TARGET

A session whose initiator pauses between its requests. Run by 27-busy-poll.
"""
import sys
import time

from initiator import GOOD, Conn

c = Conn(sys.argv[1], sys.argv[2]).login()
time.sleep(0.02)
for _ in range(30):
    status, _, sense = c.run(c.scsi(bytes(6)))
    if status != GOOD and sense[0] != 6:
        sys.exit("TEST UNIT READY: status 0x%x, sense %s" % (status, sense))
    time.sleep(0.02)
c.run_logout()
