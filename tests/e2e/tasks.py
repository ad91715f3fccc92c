# SPDX-License-Identifier: GPL-2.0
"""Usage: tasks.py PORTAL TARGET SECONDS [SEED]

Two initiators read and write LUN 0, each its own slots and one task a slot at
any time, and abort and reset at random. Each knows of every task how it may end
and of every slot what it may hold, and of all that arrives whether it may. Run
by 18-tasks.
"""
import os
import random
import select
import struct
import sys
import time

from initiator import ABORT_TASK, ABORT_TASK_SET, BLOCK, BUSY, CHECK_CONDITION, \
    DATA_IN, GOOD, LUN_RESET, R2T, REJECT, SCSI_RSP, TASK_ABORTED, TASK_SET_FULL, \
    TMF_COMPLETE, TMF_NO_TASK, TMF_RSP, Conn, Failed, after, check, run_tests, say

PORTAL, TARGET, SECONDS = sys.argv[1:4]
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else int.from_bytes(os.urandom(4), "big")
SLOTS, BLOCKS, DEPTH = 48, 32, 24
SIZE = BLOCKS * BLOCK
UNIT_ATTENTION, ABORTED = 6, 0xb
rng = random.Random(SEED)
NAME = {ABORT_TASK: "ABORT TASK", ABORT_TASK_SET: "ABORT TASK SET", LUN_RESET: "LUN RESET"}


class Task:
    def __init__(self, slot, cmdsn, value=None):
        self.slot, self.cmdsn, self.value = slot, cmdsn, value
        self.data, self.begun = b"", time.monotonic()


class Initiator:
    def __init__(self, number):
        self.number = number
        self.c = Conn(PORTAL, TARGET, "iqn.2025-01.org.example:tasks%d" % number)
        self.c.login(ImmediateData=rng.choice(("Yes", "No"))).ready()
        self.tasks = {}         # ITT: Task
        self.ended = {}         # ITT: how; nothing more may come
        self.holds = [{0} for _ in range(SLOTS)]
        self.busy = set()
        self.r2ts = []          # (when, R2T)
        self.tmf = None         # (ITT, function, ITT of the task, CmdSN, begun)
        self.value = 0
        self.count = {}
        for slot in range(SLOTS):
            status, _, _ = self.c.run(self.c.write(self.lba(slot), BLOCKS), bytes(SIZE))
            check(status == GOOD, "the first write: 0x%x" % status)

    def note(self, what):
        self.count[what] = self.count.get(what, 0) + 1

    def lba(self, slot):
        return (self.number * SLOTS + slot) * BLOCKS

    def bytes_of(self, value):
        return struct.pack(">Q", value) * (SIZE // 8)

    # ---- sending ----

    def work(self):
        now = time.monotonic()
        for entry in self.r2ts[:]:
            if entry[0] <= now:
                self.r2ts.remove(entry)
                task = self.tasks.get(entry[1].itt)
                if task:
                    self.c.answer(entry[1], self.bytes_of(task.value))
        while len(self.tasks) < DEPTH and self.c.window():
            slot = rng.randrange(SLOTS)
            if slot in self.busy:
                break
            self.busy.add(slot)
            cmdsn = self.c.cmdsn
            if rng.random() < 0.5:
                self.tasks[self.c.read(self.lba(slot), BLOCKS)] = Task(slot, cmdsn)
            else:
                self.value += 1
                itt = self.c.write(self.lba(slot), BLOCKS)
                self.tasks[itt] = Task(slot, cmdsn, self.value)

    def manage(self):
        if self.tmf or not self.tasks or rng.random() > 0.1:
            return
        function = rng.choice((ABORT_TASK,) * 10 + (ABORT_TASK_SET, LUN_RESET))
        ref, refsn = None, 0
        if function == ABORT_TASK:
            ref = rng.choice(list(self.tasks))
            refsn = self.tasks[ref].cmdsn
        itt = self.c.tmf(function, ref, refsn=refsn)
        self.tmf = (itt, function, ref, self.c.cmdsn, time.monotonic())

    # ---- receiving ----

    def receive(self, p):
        if p.op == R2T:
            self.expected(p.itt, "an R2T")
            self.r2ts.append((time.monotonic() + rng.choice((0, 0, 0, 0.02, 0.2)), p))
        elif p.op == DATA_IN:
            task = self.expected(p.itt, "Data-In")
            task.data += p.data
            if p.flags & 1:
                self.response(p.itt, p.status, (0, 0, 0))
        elif p.op == SCSI_RSP:
            self.expected(p.itt, "a response")
            self.response(p.itt, p.status, p.sense())
        elif p.op == TMF_RSP:
            self.managed(p)
        elif p.op == REJECT:
            itt = struct.unpack_from(">I", p.data, 16)[0]
            raise Failed("Reject 0x%x of opcode 0x%x of task %d, which %s; %d were aborted" %
                         (p.response, p.data[0], itt, self.ended.get(itt, "is not over"),
                          self.count.get("was aborted", 0)))
        else:
            raise Failed("opcode 0x%x" % p.op)

    def expected(self, itt, what):
        task = self.tasks.get(itt)
        if not task:
            raise Failed("initiator %d: %s for task %d, which %s" %
                         (self.number, what, itt, self.ended.get(itt, "was never sent")))
        return task

    def end(self, itt, how):
        task = self.tasks.pop(itt)
        self.ended[itt] = how
        self.busy.discard(task.slot)
        self.note(how)
        return task

    def response(self, itt, status, sense):
        task = self.end(itt, "has had its response")
        holds = self.holds[task.slot]
        self.note("status 0x%02x%s" % (status, " key %d" % sense[0] if status == 2 else ""))
        if status == GOOD and task.value is not None:
            self.holds[task.slot] = {task.value}
        elif status == GOOD:
            self.look(task.slot, task.data)
        elif status == TASK_ABORTED or status == CHECK_CONDITION and sense[0] == ABORTED:
            if task.value is not None:
                holds.add(task.value)
        elif status == CHECK_CONDITION:
            check(sense[0] == UNIT_ATTENTION, "sense %s" % (sense,))
        else:
            check(status in (BUSY, TASK_SET_FULL), "status 0x%x" % status)

    def look(self, slot, data):
        """A slot holds one of what it may hold, whole, and that from now on."""
        check(len(data) == SIZE, "%d bytes read" % len(data))
        value = struct.unpack(">Q", data[:8])[0]
        check(value in self.holds[slot] and data == self.bytes_of(value),
              "slot %d holds %d, may hold %s" % (slot, value, self.holds[slot]))
        self.holds[slot] = {value}

    def managed(self, p):
        check(self.tmf and self.tmf[0] == p.itt, "a second response to a TMF")
        _, function, ref, cmdsn, begun = self.tmf
        self.tmf = None
        self.note("%s %d" % (NAME[function], p.response))
        if function == ABORT_TASK:
            check(p.response in (TMF_COMPLETE, TMF_NO_TASK), "ABORT TASK: %d" % p.response)
            check(p.response != TMF_NO_TASK or ref not in self.tasks,
                  "'no such task', and its response has not come")
            gone = [ref] if ref in self.tasks else []
        else:
            check(p.response == TMF_COMPLETE, "%s: %d" % (NAME[function], p.response))
            gone = [itt for itt, t in self.tasks.items() if not after(t.cmdsn, cmdsn) and
                    t.cmdsn != cmdsn]
        for itt in gone:
            task = self.end(itt, "was aborted")
            if task.value is not None:
                self.holds[task.slot].add(task.value)

    def overdue(self, seconds):
        now = time.monotonic()
        late = ["task %d" % i for i, t in self.tasks.items() if now - t.begun > seconds]
        if self.tmf and now - self.tmf[4] > seconds:
            late.append(NAME[self.tmf[1]])
        return late


def exchange(initiators, seconds, then):
    """Receive what comes and call then() until it says so, or for a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not then():
        waiting = [i for i in initiators if len(i.c.buf) < 48]
        ready, _, _ = select.select([i.c for i in waiting], [], [],
                                    0.02 if len(waiting) == len(initiators) else 0)
        for i in initiators:
            if i.c in ready or len(i.c.buf) >= 48:
                p = i.c.pdu(0.001)
                if p:
                    i.receive(p)


def race():
    both = [Initiator(0), Initiator(1)]

    def busy():
        for i in both:
            i.work()
            i.manage()
            late = i.overdue(10)
            check(not late, "initiator %d: nothing for 10 s: %s" %
                  (i.number, ", ".join(late)))

    def idle():
        for i in both:
            for entry in i.r2ts:
                task = i.tasks.get(entry[1].itt)
                if task:
                    i.c.answer(entry[1], i.bytes_of(task.value))
            i.r2ts = []
        return all(not i.tasks and not i.tmf for i in both)

    exchange(both, float(SECONDS), busy)
    exchange(both, 15, idle)
    for i in both:
        say("initiator %d: %s" % (i.number, ", ".join(
            "%s: %d" % x for x in sorted(i.count.items()))))
        check(not i.tasks and not i.tmf, "initiator %d: never answered: %s" %
              (i.number, ", ".join(i.overdue(0))))
    for i in both:
        i.c.ready()
        for slot in range(SLOTS):
            status, data, sense = i.c.run(i.c.read(i.lba(slot), BLOCKS))
            check(status == GOOD, "status 0x%x %s" % (status, sense))
            i.look(slot, data)
        total = sum(n for what, n in i.count.items() if what in NAME.values() or " 0" in what)
        check(total, "nothing was aborted")
    return "seed %d" % SEED


def unit_attention():
    """A reset is told once to each of the others, and to the one who did it."""
    a, b = (Conn(PORTAL, TARGET, "iqn.2025-01.org.example:ua%d" % n).login().ready()
            for n in (0, 1))
    a.run_tmf(LUN_RESET)
    for who, c in (("the other", b), ("the one who reset", a)):
        status, _, sense = c.run(c.scsi(bytes(6)))
        check(status == CHECK_CONDITION and sense[0] == UNIT_ATTENTION and sense[1] == 0x29,
              "%s: status 0x%x sense %s" % (who, status, sense))
        status, _, sense = c.run(c.scsi(bytes(6)))
        check(status == GOOD, "%s, then: status 0x%x sense %s" % (who, status, sense))


def others_writes_end():
    """A write of another nexus that waits for its data ends with TASK ABORTED,
    once."""
    a, b = (Conn(PORTAL, TARGET, "iqn.2025-01.org.example:ab%d" % n).login().ready()
            for n in (0, 1))
    itt = b.write(0, 8)
    p = b.pdu()
    check(p.op == R2T, "opcode 0x%x" % p.op)
    a.run_tmf(LUN_RESET)
    p = b.pdu(5)
    check(p and p.op == SCSI_RSP and p.itt == itt and p.status == TASK_ABORTED,
          "opcode 0x%x status 0x%x" % (p.op, p.status) if p else "nothing")
    p = b.pdu(0.5)
    check(not p, "then opcode 0x%x" % (p.op if p else 0))
    b.ready()


run_tests([
    ("unit attentions after LUN RESET", unit_attention),
    ("LUN RESET ends what others wait for", others_writes_end),
    ("two initiators abort and reset for %s s" % SECONDS, race),
])
