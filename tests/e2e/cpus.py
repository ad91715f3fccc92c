# SPDX-License-Identifier: GPL-2.0
"""Usage: cpus.py PORTAL TARGET FABRIC-DIRECTORY

Sessions read what they have written, on LUNs 0 and 1, and log in anew now and then, while
CPU 1 goes offline and comes back, and the CPUs that may work change. Run by 25-cpus.
"""
import sys
import threading
import time

from guest import write
from initiator import BLOCK, GOOD, Conn, check, run_tests

PORTAL, TARGET, FABRIC = sys.argv[1:4]
ONLINE = "/sys/devices/system/cpu/cpu1/online"
ALLOWED = FABRIC + "/cpus_allowed_list"
SESSIONS, SECONDS, BLOCKS = 6, 15, 64


class Session(threading.Thread):
    def __init__(self, number):
        super().__init__()
        self.number, self.end, self.rounds, self.slowest, self.error = number, 0, 0, 0, None

    def round(self, c, lun):
        data = bytes([self.rounds % 251, self.number]) * (BLOCKS * BLOCK // 2)
        lba = self.number * BLOCKS
        start = time.monotonic()
        status, _, sense = c.run(c.write(lba, BLOCKS, lun), data)
        check(status == GOOD, "a write: status 0x%x, sense %s" % (status, sense))
        status, got, sense = c.run(c.read(lba, BLOCKS, lun))
        check(status == GOOD and got == data, "a read: status 0x%x, sense %s" % (status, sense))
        self.slowest = max(self.slowest, time.monotonic() - start)
        self.rounds += 1

    def session(self):
        c = Conn(PORTAL, TARGET, "iqn.2025-01.org.example:cpus%d" % self.number)
        c.login().ready(0).ready(1)
        for i in range(40):
            self.round(c, i % 2)
        c.run_logout()
        c.s.close()

    def run(self):
        try:
            while time.monotonic() < self.end:
                self.session()
        except Exception as e:
            self.error = repr(e)


def comes_and_goes():
    sessions = [Session(n) for n in range(SESSIONS)]
    end = time.monotonic() + SECONDS
    for s in sessions:
        s.end = end
        s.start()
    changes = 0
    try:
        while time.monotonic() < end:
            for online, allowed in (0, "0-1"), (1, "1"), (0, "0"), (1, "0-1"):
                write(ALLOWED, "0-1")
                write(ONLINE, str(online))
                write(ALLOWED, allowed)
                changes += 1
                time.sleep(0.3)
    finally:
        write(ONLINE, "1")
        write(ALLOWED, "0-1")
    for s in sessions:
        s.join(30)
    left = [s.number for s in sessions if s.is_alive()]
    check(not left, "sessions that do not end: %s" % left)
    failed = [s.error for s in sessions if s.error]
    check(not failed, "; ".join(failed))
    slowest = max(s.slowest for s in sessions)
    check(slowest < 10, "the slowest took %.1f s" % slowest)
    return "%d changes, %d rounds, the slowest %.0f ms" % (
        changes, sum(s.rounds for s in sessions), slowest * 1000)


run_tests([("a CPU comes and goes under I/O", comes_and_goes)])
