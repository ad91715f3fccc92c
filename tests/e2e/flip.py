# SPDX-License-Identifier: GPL-2.0
"""Usage: flip.py LISTEN-ADDRESS TARGET-ADDRESS BYTES

Relay connections, and after the first 8 KiB of each direction flip one bit in every
BYTES on the average, said on standard output. SIGUSR1: no more.
"""
import random
import signal
import socket
import sys
import threading

LISTEN, TARGET, BYTES = sys.argv[1], sys.argv[2], int(sys.argv[3])
GOOD = 8192     # bytes: a login, and the first commands
state = {"flips": True}


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def pump(source, sink, where):
    seen, at = 0, GOOD + random.randrange(2 * BYTES)
    try:
        while True:
            data = bytearray(source.recv(1 << 16))
            if not data:
                break
            while state["flips"] and seen <= at < seen + len(data):
                data[at - seen] ^= 1 << random.randrange(8)
                print("flip at %d, %s" % (at, where), flush=True)
                at += 1 + random.randrange(2 * BYTES)
            seen += len(data)
            sink.sendall(data)
    except OSError:
        pass
    for s in (source, sink):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def stop(*_):
    state["flips"] = False


signal.signal(signal.SIGUSR1, stop)
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
    for args in ((client, target, "to the target"), (target, client, "to the initiator")):
        threading.Thread(target=pump, args=args, daemon=True).start()
