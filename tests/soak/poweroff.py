# SPDX-License-Identifier: GPL-2.0
"""Usage: poweroff.py PORTAL TARGET write|verify ACKNOWLEDGED

write: write to four units until the power goes, and print "ack UNIT SLOT
GENERATION" for what the target has promised to keep:
  unit 0   writes with FUA, when they end
  unit 1   writes without it, when a SYNCHRONIZE CACHE after them ends
  unit 2   writes without it, when they end: it reports that it has no cache
  unit 3   writes without it, when they end: nothing is promised. What is lost here
           shows that something was there to be lost.
verify: each slot holds what was promised last, or something later.
"""
import os
import random
import struct
import sys
import collections

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from initiator import GOOD, Conn  # noqa: E402

PORTAL, TARGET, MODE, ACKNOWLEDGED = sys.argv[1:5]
FUA, SYNC, THROUGH, NOTHING = range(4)
SLOTS, BLOCKS = 64, 8
SIZE = BLOCKS * 512


def content(slot, generation):
    return struct.pack(">QQ", slot, generation) * (SIZE // 16)


def must(c, itt, what, data=b""):
    status, got, sense = c.run(itt, data)
    if status != GOOD:
        sys.exit("%s: status 0x%x %s" % (what, status, sense))
    return got


def write(c, unit, slot, generation, fua=False):
    cdb = struct.pack(">BBIBHB", 0x2a, 8 if fua else 0, slot * BLOCKS, 0, BLOCKS, 0)
    must(c, c.scsi(cdb, write=SIZE, lun=unit), "WRITE", content(slot, generation))


def has_write_cache(c, unit):
    got = must(c, c.scsi(struct.pack(">BBBBBB", 0x1a, 8, 8, 0, 64, 0), read=64, lun=unit),
               "MODE SENSE")
    return bool(got[4 + 2] & 4)


def told(unit, slots):
    print("".join("ack %d %d %d\n" % (unit, slot, generation) for slot, generation in slots),
          end="", flush=True)


def write_all(c):
    for unit in (FUA, SYNC, THROUGH, NOTHING):
        if has_write_cache(c, unit) != (unit != THROUGH):
            sys.exit("unit %d: WCE=%d" % (unit, unit == THROUGH))
    generation = 0
    while True:
        generation += 1
        slot = random.randrange(SLOTS)
        write(c, FUA, slot, generation, fua=True)
        told(FUA, [(slot, generation)])
        some = random.sample(range(SLOTS), 4)
        for slot in some:
            write(c, SYNC, slot, generation)
        must(c, c.scsi(bytes([0x35]) + bytes(9), lun=SYNC), "SYNCHRONIZE CACHE")
        told(SYNC, [(slot, generation) for slot in some])
        for unit in (THROUGH, NOTHING):
            slot = random.randrange(SLOTS)
            write(c, unit, slot, generation)
            told(unit, [(slot, generation)])


def verify(c):
    promised = collections.defaultdict(int)
    with open(ACKNOWLEDGED) as f:
        for line in f:
            words = line.split()
            if len(words) != 4 or not line.endswith("\n"):
                continue    # the power went while this was being said
            unit, slot, generation = map(int, words[1:])
            promised[unit, slot] = generation
    lost = collections.Counter()
    kept = collections.Counter()
    for (unit, slot), generation in sorted(promised.items()):
        cdb = struct.pack(">BBIBHB", 0x28, 0, slot * BLOCKS, 0, BLOCKS, 0)
        got = must(c, c.scsi(cdb, read=SIZE, lun=unit), "READ")
        found = struct.unpack(">QQ", got[:16])
        if found[0] == slot and found[1] >= generation and got == content(*found):
            kept[unit] += 1
            continue
        lost[unit] += 1
        if unit != NOTHING:
            print("unit %d slot %d: generation %d was acknowledged, %d is there" %
                  (unit, slot, generation, found[1]))
    for unit, name in enumerate(("FUA", "SYNCHRONIZE CACHE", "no cache", "nothing promised")):
        print("%s: %d slots kept, %d lost" % (name, kept[unit], lost[unit]))
        if not kept[unit] + lost[unit]:
            sys.exit("nothing was acknowledged")
    if not lost[NOTHING]:
        sys.exit("nothing was lost where nothing was promised: this shows nothing")
    return any(lost[unit] for unit in (FUA, SYNC, THROUGH))


conn = Conn(PORTAL, TARGET, "iqn.2025-01.org.example:power").login()
for u in range(4):
    conn.ready(u)
if MODE == "write":
    write_all(conn)
sys.exit(1 if verify(conn) else 0)
