# SPDX-License-Identifier: GPL-2.0
"""Usage: netlink.py FILE NAME

Write a recording of messages of the netlink family: "quiet" (nobody is there),
"busy" (two sessions), "busy.2" (the same, two seconds later), "stuck" and "stuck.2"
(a command that its backstore does not give back), "events", "broken"
(messages that are wrong in all sorts of ways), "other" (of another fabric).
"""
import struct
import sys

INFO, SESSION, LUN, TARGET, EVICT, EVENT = 1, 2, 3, 4, 5, 6
FAMILY, OVERRUN = 29, 4


def attr(kind, value, nested=False):
    if isinstance(value, list):
        value, nested = b"".join(value), True
    elif isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape") + b"\0"
    return struct.pack("=HH", 4 + len(value), kind | (0x8000 if nested else 0)) + value + \
        b"\0" * (-len(value) % 4)


def u8(v):
    return struct.pack("=B", v)


def u16(v):
    return struct.pack("=H", v)


def u32(v):
    return struct.pack("=I", v)


def u64(v):
    return struct.pack("=Q", v)


def message(cmd, attrs, kind=FAMILY):
    body = struct.pack("=BBH", cmd, 1, 0) + b"".join(attrs)
    return struct.pack("=IHHII", 16 + len(body), kind, 2, 1, 0) + body


T1, T2 = "iqn.2024-01.com.example:t1", "iqn.2024-01.com.example:t2"
HOST1, HOST2 = "iqn.2024-01.com.example:host1", "iqn.2024-01.com.example:host2"


def io(reads, writes, mean, first, hist):
    out = [attr(2, u64(reads)), attr(3, u64(writes)), attr(4, u64(reads * 4096)),
           attr(5, u64(writes * 8192)), attr(6, u64(reads * mean)), attr(7, u64(writes * mean * 2))]
    if hist:
        out += [attr(8, u32(first)), attr(9, b"".join(u64(n) for n in hist))]
        out += [attr(10, u32(first + 8)), attr(11, b"".join(u64(n) for n in hist[:2]))]
    return attr(20, out)


def conn(peer, idle=1500):
    return attr(27, [attr(2, u16(0)), attr(3, u8(0)), attr(4, "192.0.2.1:3260"), attr(5, peer),
                     attr(6, u32(0x1234)), attr(7, u64(idle)), attr(8, u32(1))])


PARAMS = attr(14, [attr(n, u8(v)) for n, v in ((1, 1), (2, 0), (3, 0), (4, 1), (5, 1), (6, 1))] +
              [attr(n, u32(v)) for n, v in ((7, 262144), (8, 65536), (9, 1048576), (10, 262144),
                                            (11, 1), (12, 1), (13, 2), (14, 0), (15, 0), (16, 1))])


def session(number, target, initiator, alias, peer, data, in_flight=0, more=()):
    return message(SESSION, [
        attr(2, u32(number)), attr(3, target), attr(6, u16(1)), attr(4, initiator),
        attr(8, bytes([0, 2, 0x3d, 1, 0, number & 255])), attr(9, u16(number & 0xff)),
        attr(7, alias), *more, attr(10, u8(0)), attr(11, u8(0)), attr(13, u64(3600000)),
        attr(15, u32(17)), attr(16, u32(80)), attr(17, u32(64)), attr(18, u32(in_flight)),
        attr(19, u64(1000)), attr(21, u64(10000)), attr(22, u64(20000)), attr(23, u32(0)),
        attr(24, u32(1)), attr(25, u32(2)), data, PARAMS, conn(peer)])


def lun(number, target, initiator, which, data, in_flight=0):
    return message(LUN, [attr(2, u32(number)), attr(3, target), attr(6, u16(1)),
                         attr(4, initiator), attr(28, u64(which)), attr(18, u32(in_flight)), data])


def target(name, sessions, base):
    return message(TARGET, [attr(3, name), attr(30, u32(sessions))] +
                   [attr(32 + i, u64(base + i)) for i in range(5)] +
                   [attr(23, u32(1)), attr(24, u32(2)), attr(25, u32(3)), attr(37, u64(base)),
                    attr(38, u64(1))])


def info(fabric="iscsi", sessions=2, lost=3):
    return message(INFO, [attr(29, fabric), attr(30, u32(sessions)), attr(31, u64(lost))])


def busy(scale):
    # 100 reads: 90 at about 130 us (bucket 72), 10 at about 2 ms (bucket 102)
    hist = [90 * scale] + [0] * 29 + [10 * scale]
    data = io(100 * scale, 50 * scale, 300000, 72, hist)
    oldest = attr(26, [attr(2, u64(1234)), attr(3, u32(0x2a)), attr(4, u64(1)), attr(5, b"\x2a"),
                       attr(6, u8(2))])
    return [
        info(),
        target(T1, 1, 10), target(T2, 1, 20),
        session(17, T1, HOST1, "host \"one\"\\", "198.51.100.7:40000", data, 3,
                [attr(12, "user1"), oldest]),
        session(300, T2, HOST2, "bad \udcff \x1b[31m", "[2001:db8::7]:40001", io(0, 0, 0, 0, [])),
        lun(17, T1, HOST1, 0, data, 2),
        lun(17, T1, HOST1, 1, io(7, 0, 1000, 0, [7]), 0),
        message(EVICT, [attr(30, u32(1))]),
    ]


def stuck():
    """LUN 1 has the oldest command, LUN 0 stands still, LUN 2 has nothing to do."""
    oldest = attr(26, [attr(2, u64(42000)), attr(3, u32(0x2a)), attr(4, u64(1)), attr(5, b"\x2a"),
                       attr(6, u8(2))])
    data = io(7, 0, 1000, 0, [7])
    return [info(sessions=1), session(17, T1, HOST1, "one", "198.51.100.7:40000", data, 3, [oldest]),
            lun(17, T1, HOST1, 0, data, 2), lun(17, T1, HOST1, 1, data, 1),
            lun(17, T1, HOST1, 2, data, 0)]


def event(kind, *attrs, lost=3):
    return message(EVENT, [attr(39, u32(kind)), attr(40, u64(1764000000123456789)),
                           attr(31, u64(lost)), *attrs])


WHO = [attr(2, u32(17)), attr(3, T1), attr(6, u16(1)), attr(4, HOST1),
       attr(8, b"\0\2\x3d\1\0\0"), attr(9, u16(3)),
       attr(27, [attr(2, u16(0)), attr(4, "192.0.2.1:3260"), attr(5, "198.51.100.7:40000")])]
LUN7 = [attr(3, T1), attr(6, u16(1)), attr(28, u64(7)), attr(45, "iblock/disk0")]
EVENTS = [
    info(),
    event(1, *WHO, attr(7, "host one"), attr(12, "user1")),
    event(2, *WHO),
    event(3, attr(42, u8(2)), attr(43, u8(1)), attr(41, "CHAP_R: wrong response"), attr(3, T1),
          attr(4, HOST1), WHO[-1]),
    event(4, *WHO, attr(41, "its initiator port logged in again")),
    event(5, *WHO, attr(44, u8(1)), attr(41, "no answer to NOP-In")),
    event(6, *WHO, attr(41, "data digest")),
    event(7, *WHO, attr(41, "closed by the initiator")),
    event(8, *WHO),
    event(9, *LUN7), event(10, *LUN7),
    event(11, *LUN7[:2]), event(12, *LUN7[:2], lost=8),
    message(0, [], OVERRUN),
    event(77, lost=8),
    session(17, T1, HOST1, "one", "198.51.100.7:40000", io(0, 0, 0, 0, [])),
]

BROKEN = [
    info(),
    # numbers, strings and nests of wrong lengths; unknown attributes
    message(SESSION, [attr(2, b"\1\2\3"), attr(3, b"no end"), attr(6, b""), attr(27, b"\xff" * 7),
                      attr(14, b"\x08\0"), attr(20, [attr(9, b"\1" * 13), attr(8, u32(500))]),
                      attr(999, b"?"), attr(8, b"")]),
    message(SESSION, [b"\xff\xff\3\0"]),
    message(SESSION, [b"\0\0\0\0"]),
    struct.pack("=IHHII", 16, FAMILY, 2, 1, 0),
    lun(1, T1, HOST1, 0, attr(20, [attr(8, u32(195)), attr(9, u64(1) * 30)])),
    message(LUN, []),
    struct.pack("=IHHII", 5000, FAMILY, 2, 1, 0) + b"short",
]

NAMES = {
    "quiet": [info(sessions=0, lost=0)], "busy": busy(1), "busy.2": busy(3),
    "stuck": stuck(), "stuck.2": stuck(), "events": EVENTS,
    "broken": BROKEN, "other": [info("fast")],
}


def main():
    with open(sys.argv[1], "wb") as f:
        f.write(b"".join(NAMES[sys.argv[2]]))


main()
