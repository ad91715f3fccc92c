# SPDX-License-Identifier: GPL-2.0
"""Usage: capture.py LISTEN-ADDRESS TARGET-ADDRESS DIRECTORY NAME

Relay connections, and write what the initiator says in them as seeds of the
fuzzers in tests/fuzz: its login requests as one sequence (negotiate), their
CHAP keys (chap), each text alone (text), one header of each opcode (pdu).
"""
import itertools
import os
import sys

import relay

LISTEN, TARGET, DIRECTORY, NAME = sys.argv[1:5]
LOGIN, TEXT = 3, 4
SEQUENCE = b"\x20\x7f"      # the configuration that fuzz_negotiate is to take
ALGORITHMS = b"\x0f\xff"    # fuzz_chap: all of them, and room


def seed(fuzzer, name, data):
    os.makedirs("%s/%s" % (DIRECTORY, fuzzer), exist_ok=True)
    with open("%s/%s/%s" % (DIRECTORY, fuzzer, name), "wb") as f:
        f.write(data)


class Recorder:
    def __init__(self, name):
        self.name, self.buf = name, b""
        self.texts, self.chap, self.headers = [], [], {}

    def take(self, data):
        self.buf += data
        while len(self.buf) >= 48:
            op = self.buf[0] & 0x3f
            ahs = 4 * self.buf[4]
            size = int.from_bytes(self.buf[5:8], "big")
            whole = 48 + ahs + size + -size % 4
            if len(self.buf) < whole:
                return
            # digests come with the full feature phase: then only the first fits
            self.headers.setdefault(op, self.buf[:48 + ahs])
            if op not in (LOGIN, TEXT):
                self.buf = b""
                break
            text = self.buf[48 + ahs:48 + ahs + size]
            if op == LOGIN:
                self.texts.append(text)
                self.chap.append(b"".join(k + b"\0" for k in text.split(b"\0")
                                          if k.startswith(b"CHAP_")))
            else:
                seed("negotiate", self.name + "-text", b"\x08\x7f" + text)
            self.buf = self.buf[whole:]
        self.write()

    def write(self):
        if self.texts:
            seed("negotiate", self.name, SEQUENCE + b"\n".join(self.texts))
        for i, text in enumerate(t for t in self.texts if t):
            seed("text", "%s-%d" % (self.name, i), text)
        if any(self.chap):
            seed("chap", self.name, ALGORITHMS + b"\n".join(c for c in self.chap if c))
        for op, header in self.headers.items():
            seed("pdu", "%s-%02x" % (self.name, op), header)


names = itertools.count()


def ways():
    n = next(names)
    recorder = Recorder(NAME if not n else "%s-%d" % (NAME, n))

    def recorded(data):
        recorder.take(data)
        return data
    return recorded, lambda data: data


relay.serve(LISTEN, TARGET, ways)
