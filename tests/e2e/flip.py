# SPDX-License-Identifier: GPL-2.0
"""Usage: flip.py LISTEN-ADDRESS TARGET-ADDRESS BYTES

A bad wire: relays connections, and after the first 8 KiB of each direction (a
login, and what says that it is done) flips one bit in every BYTES on the average.
Each flip is said on standard output, "TIME OFFSET to the target" or "... to the
initiator". SIGUSR1: no more. Run by 27-digests.
"""
import random
import signal
import sys
import threading
import time

import relay

LISTEN, TARGET, BYTES = sys.argv[1], sys.argv[2], int(sys.argv[3])
GOOD = 8192
flips = threading.Event()
flips.set()


def distance():
    return 1 + random.randrange(2 * BYTES)


class Way:
    """One direction of a connection: seen bytes of it, and where the next flip is."""
    def __init__(self, where):
        self.where, self.seen, self.at = where, 0, GOOD + distance()

    def flipped(self, data):
        data = bytearray(data)
        while self.at < self.seen + len(data):
            if flips.is_set():
                data[self.at - self.seen] ^= 1 << random.randrange(8)
                print("%.3f %d %s" % (time.monotonic(), self.at, self.where), flush=True)
            self.at += distance()
        self.seen += len(data)
        return data


signal.signal(signal.SIGUSR1, lambda *_: flips.clear())
relay.serve(LISTEN, TARGET,
            lambda: [Way(where).flipped for where in ("to the target", "to the initiator")])
