# SPDX-License-Identifier: GPL-2.0
"""Usage: luns.py PORTAL TARGET FRIEND TPG STORE

What sessions are told of LUNs that come and go in the portal group's directory TPG, where
FRIEND has an ACL and LUN 0 is mapped to it. STORE is a backstore to be mapped. Run by
25-luns.
"""
import os
import sys

from initiator import CHECK_CONDITION, Conn, GOOD, LUN_RESET, check, run_tests

portal, target, friend, tpg, store = sys.argv[1:6]
STRANGER = "iqn.2025-01.org.example:stranger"
TEST_UNIT_READY, REQUEST_SENSE, REPORT_LUNS = bytes(6), b"\x03\0\0\0\x12\0", \
    b"\xa0\0\0\0\0\0\0\0\1\0\0\0"
LUNS_CHANGED, NO_LUN = (6, 0x3f, 0x0e), (5, 0x25, 0)


def add_lun(number):
    lun = "%s/lun/lun_%d" % (tpg, number)
    os.mkdir(lun)
    os.symlink(store, lun + "/e2e")


def remove_lun(number):
    lun = "%s/lun/lun_%d" % (tpg, number)
    os.unlink(lun + "/e2e")
    os.rmdir(lun)


def map_lun(number):
    mapped = "%s/acls/%s/lun_%d" % (tpg, friend, number)
    os.mkdir(mapped)
    os.symlink("%s/lun/lun_%d" % (tpg, number), mapped + "/e2e")


def unmap_lun(number):
    mapped = "%s/acls/%s/lun_%d" % (tpg, friend, number)
    os.unlink(mapped + "/e2e")
    os.rmdir(mapped)


def sessions(name, n):
    return [Conn(portal, target, name).login().ready() for _ in range(n)]


def not_told(conns):
    for i, c in enumerate(conns):
        status, _, sense = c.run(c.scsi(TEST_UNIT_READY))
        check(status == GOOD, "session %d: %s" % (i, sense))


def told(conns):
    """Each of them, once; asked one after the other, as they would be by hosts."""
    for i, c in enumerate(conns):
        status, _, sense = c.run(c.scsi(TEST_UNIT_READY))
        check(status == CHECK_CONDITION and sense == LUNS_CHANGED,
              "session %d: status 0x%x %s" % (i, status, sense))
        not_told([c])
    not_told(conns)


def goodbye(conns):
    for c in conns:
        c.run_logout()


def demo_mode():
    seeing, friends = sessions(STRANGER, 3), sessions(friend, 2)
    add_lun(1)
    told(seeing)
    not_told(friends)  # what is mapped to them is what it was
    remove_lun(1)
    told(seeing)
    not_told(friends)
    goodbye(seeing + friends)


def mapped():
    add_lun(1)
    strangers, friends = sessions(STRANGER, 1), sessions(friend, 3)
    map_lun(1)
    told(friends)
    not_told(strangers)
    unmap_lun(1)
    told(friends)
    not_told(strangers)
    goodbye(strangers + friends)
    remove_lun(1)


def by_request_sense():
    friends = sessions(friend, 3)
    add_lun(1)
    map_lun(1)
    status, data, _ = friends[0].run(friends[0].scsi(REQUEST_SENSE, read=18))
    check(status == GOOD and (data[2] & 15, data[12], data[13]) == LUNS_CHANGED,
          "REQUEST SENSE: status 0x%x %s" % (status, data.hex()))
    not_told(friends[:1])
    told(friends[1:])
    unmap_lun(1)
    remove_lun(1)
    goodbye(friends)


def by_report_luns():
    """Who has the list needs not be told, by any unit."""
    friends = sessions(friend, 3)
    add_lun(1)
    map_lun(1)
    told(friends[:1])
    status, data, _ = friends[1].run(friends[1].scsi(REPORT_LUNS, read=256))
    check(status == GOOD and len(data) == 24, "REPORT LUNS: %d bytes" % len(data))
    not_told(friends[:2])
    told(friends[2:])
    unmap_lun(1)
    remove_lun(1)
    goodbye(friends)


def gone():
    """What was to be told of a unit goes with it."""
    add_lun(1)
    map_lun(1)
    friends = sessions(friend, 2)
    for c in friends:
        c.ready(1)
    check(friends[0].run_tmf(LUN_RESET, lun=1) == 0, "LOGICAL UNIT RESET")
    friends[0].ready(1)  # the other one is to be told, too
    unmap_lun(1)
    status, _, sense = friends[1].run(friends[1].scsi(TEST_UNIT_READY, lun=1))
    check(status == CHECK_CONDITION and sense == NO_LUN, "status 0x%x %s" % (status, sense))
    map_lun(1)
    status, _, sense = friends[1].run(friends[1].scsi(TEST_UNIT_READY, lun=1))
    check(status == GOOD, "the next unit: %s" % (sense,))
    unmap_lun(1)
    remove_lun(1)
    goodbye(friends)


run_tests([
    ("demo mode: a LUN comes and goes", demo_mode),
    ("an ACL: a LUN is mapped and unmapped", mapped),
    ("it is told by REQUEST SENSE", by_request_sense),
    ("REPORT LUNS says as much", by_report_luns),
    ("a unit is gone before it is told of", gone),
])
