# SPDX-License-Identifier: GPL-2.0
"""Generic netlink, byte by byte."""
import socket
import struct

from initiator import check

# linux/netlink.h, linux/genetlink.h
REQUEST, ACK, DUMP = 1, 4, 0x300
ERROR, DONE, CONTROL = 2, 3, 16
DUMP_INTR = 0x10


def attr(kind, data):
    if isinstance(data, str):
        data = data.encode() + b"\0"
    elif isinstance(data, int):
        data = struct.pack("=I", data)
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def attrs(data):
    """[(type, bytes)]"""
    out = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        check(4 <= size <= len(data), "attribute of %d bytes" % size)
        out.append((kind & 0x3fff, data[4:size]))
        data = data[size + -size % 4:]
    return out


class Refused(Exception):
    """errno in args[0], the kernel's text in args[1]"""


class Genl:
    """A socket for one family; what the kernel says of the family is in about."""

    def __init__(self, name):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.s.settimeout(10)
        self.s.setsockopt(270, 11, 1)      # SOL_NETLINK, NETLINK_EXT_ACK
        self.s.bind((0, 0))
        self.seq = 0
        self.interrupted = False
        self.about = dict(attrs(self.request(CONTROL, 3, attr(2, name))[0]))
        self.family, = struct.unpack("=H", self.about[1])

    def send(self, family, cmd, body, flags):
        self.seq += 1
        data = struct.pack("=BBH", cmd, 1, 0) + body
        self.s.send(struct.pack("=IHHII", 16 + len(data), family, flags | REQUEST, self.seq, 0)
                    + data)

    def request(self, family, cmd, body=b"", flags=ACK):
        """Bodies of the replies"""
        self.send(family, cmd, body, flags)
        out = []
        while True:
            data = self.s.recv(1 << 16)
            while data:
                size, kind, got, seq, _ = struct.unpack_from("=IHHII", data)
                message, data = data[16:size], data[size + -size % 4:]
                if seq != self.seq:
                    continue
                self.interrupted |= bool(got & DUMP_INTR)
                if kind == DONE:
                    return out
                if kind == ERROR:
                    code, = struct.unpack_from("=i", message)
                    if not code:
                        return out
                    raise Refused(-code, message)
                out.append(message[4:])

    def ask(self, cmd, body=b"", flags=ACK):
        return self.request(self.family, cmd, body, flags)
