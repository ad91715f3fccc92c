# SPDX-License-Identifier: GPL-2.0
"""A relay between an initiator and a target, for scripts that watch or spoil what
goes by.
"""
import socket
import threading


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def pump(source, sink, passed):
    try:
        while True:
            data = source.recv(1 << 16)
            if not data:
                break
            sink.sendall(passed(data))
    except OSError:
        pass
    for s in (source, sink):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(listen, target, ways):
    """Relay what comes to one address to another, for ever.

    ways() is called for each connection. Of its two functions the first is given
    what goes to the target, the second what goes to the initiator; they return what
    is sent on.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address(listen))
    listener.listen()
    while True:
        client = listener.accept()[0]
        try:
            server = socket.create_connection(address(target))
        except OSError:
            client.close()
            continue
        there, back = ways()
        for args in ((client, server, there), (server, client, back)):
            threading.Thread(target=pump, args=args, daemon=True).start()
