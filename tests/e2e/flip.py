# SPDX-License-Identifier: GPL-2.0
"""Usage: flip.py LISTEN-ADDRESS TARGET-ADDRESS BYTES

A bad wire: relays connections, and after the first 8 KiB of each direction (a
login, and what says that it is done) flips one bit in every BYTES on the average.
Each flip is said on standard output, "TIME OFFSET to the target" or "... to the
initiator". SIGUSR1: no more. Run by 27-digests.
"""
import random
import signal
import socket
import sys
import threading
import time

LISTEN, TARGET, BYTES = sys.argv[1], sys.argv[2], int(sys.argv[3])
GOOD = 8192
flips = threading.Event()
flips.set()


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def distance():
    return 1 + random.randrange(2 * BYTES)


def pump(source, sink, where):
    seen, at = 0, GOOD + distance()
    try:
        while True:
            data = bytearray(source.recv(1 << 16))
            if not data:
                break
            while at < seen + len(data):
                if flips.is_set():
                    data[at - seen] ^= 1 << random.randrange(8)
                    print("%.3f %d %s" % (time.monotonic(), at, where), flush=True)
                at += distance()
            seen += len(data)
            sink.sendall(data)
    except OSError:
        pass
    for s in (source, sink):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


signal.signal(signal.SIGUSR1, lambda *_: flips.clear())
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(address(LISTEN))
listener.listen()
while True:
    client = listener.accept()[0]
    try:
        target = socket.create_connection(address(TARGET))
    except OSError:
        client.close()
        continue
    for ends in ((client, target, "to the target"), (target, client, "to the initiator")):
        threading.Thread(target=pump, args=ends, daemon=True).start()
