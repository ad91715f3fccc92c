# SPDX-License-Identifier: GPL-2.0
"""Block devices that stall, fail or vanish when they are told to.

Each has a path, what target core is to be told of it (kind, control()), and gone()
for its end. Those that stall have stall(), after which no command comes back, and
resume(), after which those come back, too. SIZE is 16 MiB, as that of a /dev/ramN.
"""
import ctypes
import glob
import mmap
import os
import signal
import socket
import struct
import subprocess

from genl import ACK, Genl, Refused, attr
from guest import read, write
from initiator import Skipped, check, eventually

SIZE = 16 << 20
SECTORS = SIZE // 512


def run(*words, text=None):
    done = subprocess.run(words, input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    check(done.returncode == 0, "%s: %s" % (" ".join(words), done.stdout))
    return done.stdout


class Mapped:
    """Device mapper, on a ramdisk."""
    what, kind = "stalled", "iblock"

    def __init__(self, number):
        self.name = "e2e-%d" % number
        self.ram = "/dev/ram%d" % number
        self.path = "/dev/mapper/" + self.name
        self.load("create", "linear %s 0" % self.ram)
        run("dmsetup", "mknodes", self.name)

    def load(self, verb, target):
        run("dmsetup", verb, *(["--noudevsync"] if verb == "create" else []), self.name,
            text="0 %d %s\n" % (SECTORS, target))

    def control(self):
        return "udev_path=" + self.path

    def table(self, target):
        """Another one, from now on."""
        self.load("reload", target)
        self.stall()
        self.resume()

    def delay(self, first, second):
        """The first half of it by so many milliseconds, and the second by so many."""
        half = SECTORS // 2
        run("dmsetup", "reload", self.name, text="".join(
            "%d %d delay %s %d %d\n" % (start, half, self.ram, start, ms)
            for start, ms in ((0, first), (half, second))))
        self.stall()
        self.resume()

    def stall(self):
        run("dmsetup", "suspend", "--noflush", "--nolockfs", "--noudevsync", self.name)

    def resume(self):
        run("dmsetup", "resume", "--noudevsync", self.name)

    def gone(self):
        run("dmsetup", "remove", "--noudevsync", self.name)


class File(Mapped):
    """Written as a file: target core waits for each command while it begins it."""
    what, kind = "a file, and its disk stalls", "fileio"

    def control(self):
        return "fd_dev_name=%s,fd_dev_size=%d" % (self.path, SIZE)


class Loop(Mapped):
    """A loop device whose file does not answer, or is not there."""
    what = "a loop device, and what is below it stalls"

    def __init__(self, number):
        super().__init__(number)
        self.path = self.attach(self.path)

    @staticmethod
    def attach(path):
        return run("losetup", "--find", "--show", path).strip()

    def detach(self):
        run("losetup", "--detach", self.path)
        # it goes when nobody has it open any more, soon
        eventually(lambda: not os.path.exists("/sys/block/%s/loop" % self.path[5:]), 10)

    def gone(self):
        self.detach()
        super().gone()


class LoopFile(Loop):
    """A loop device on a file."""
    def __init__(self, number):
        self.file = "/dev/shm/e2e-%d" % number
        self.truncate(SIZE)
        self.path = self.attach(self.file)

    def truncate(self, size):
        with open(self.file, "a") as f:
            f.truncate(size)

    def gone(self):
        self.detach()
        if os.path.exists(self.file):
            os.unlink(self.file)


# linux/nbd-netlink.h, linux/nbd.h
CONNECT, DISCONNECT, RECONFIGURE = 1, 2, 3
(A_INDEX, A_SIZE, A_BLOCK_SIZE, A_TIMEOUT, A_SERVER_FLAGS, _, A_SOCKETS,
 A_DEAD_CONN_TIMEOUT) = range(1, 9)
SOCK_ITEM, SOCK_FD = 1, 1
HAS_FLAGS, SEND_FLUSH, SEND_TRIM = 1, 4, 32
READ, WRITE, DISC = 0, 1, 2
REQUEST_MAGIC, REPLY_MAGIC = 0x25609513, 0x67446698


def receive(s, size):
    data = b""
    while len(data) < size:
        got = s.recv(size - len(data))
        if not got:
            os._exit(0)
        data += got
    return data


def alone(s):
    """This process ends with its parent, and keeps none of its files open but s."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)     # PR_SET_PDEATHSIG
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.closerange(3, s.fileno())
    os.closerange(s.fileno() + 1, 1024)


def serve(s, disk):
    """The transmission phase of the NBD protocol, for as long as it lasts."""
    alone(s)
    while True:
        magic, kind, handle, offset, size = struct.unpack(">II8sQI", receive(s, 28))
        kind &= 0xffff
        if magic != REQUEST_MAGIC or kind == DISC:
            os._exit(0)
        data = b""
        if kind == WRITE:
            disk[offset:offset + size] = receive(s, size)
        elif kind == READ:
            data = disk[offset:offset + size]
        s.sendall(struct.pack(">II8s", REPLY_MAGIC, 0, handle) + data)


class Nbd:
    """Its server is a process, which is killed; another one takes over later."""
    what, kind = "NBD, and its server is gone", "iblock"
    patience = 120      # seconds that the kernel waits for another server

    def __init__(self, number):
        try:
            Genl("nbd")
        except Refused:
            raise Skipped("no NBD in this kernel")
        self.index = number
        self.path = "/dev/nbd%d" % number
        self.disk = mmap.mmap(-1, SIZE)
        self.server = None
        self.ask(CONNECT, attr(A_SIZE, struct.pack("=Q", SIZE)) +
                 attr(A_BLOCK_SIZE, struct.pack("=Q", 512)) +
                 # commands that were sent to the dead one are sent again after 2 s
                 attr(A_TIMEOUT, struct.pack("=Q", 2)) +
                 attr(A_SERVER_FLAGS, struct.pack("=Q", HAS_FLAGS | SEND_FLUSH | SEND_TRIM)) +
                 attr(A_DEAD_CONN_TIMEOUT, struct.pack("=Q", self.patience)))

    def control(self):
        return "udev_path=" + self.path

    def ask(self, command, more=b""):
        """With a new server."""
        ours, kernels = socket.socketpair()
        self.server = os.fork()
        if not self.server:
            serve(ours, self.disk)
        ours.close()
        item = attr(SOCK_ITEM, attr(SOCK_FD, kernels.fileno()))
        Genl("nbd").ask(command, attr(A_INDEX, self.index) + more + attr(A_SOCKETS, item), ACK)
        kernels.close()

    def kill(self):
        if self.server:
            os.kill(self.server, signal.SIGKILL)
            os.waitpid(self.server, 0)
        self.server = None

    stall = kill

    def resume(self):
        self.ask(RECONFIGURE)

    def gone(self):
        Genl("nbd").ask(DISCONNECT, attr(A_INDEX, self.index))
        eventually(lambda: not os.path.exists("/sys/block/nbd%d/pid" % self.index), 10)
        self.kill()


    def narrow(self, n):
        """It takes n commands; whoever sends more waits for one of them to end."""
        write("/sys/block/nbd%d/queue/nr_requests" % self.index, str(n))


class NarrowNbd(Nbd):
    """With room for 4 commands."""

    def __init__(self, number):
        super().__init__(number)
        self.narrow(4)


class NarrowedNbd(Nbd):
    """With room for 12, of which target core does not know: as if writes were throttled."""

    def stall(self):
        self.narrow(12)
        super().stall()


class LostNbd(Nbd):
    """Nobody takes over."""
    patience = 1


class Scsi:
    """A SCSI disk that can be pulled out; the newest one of scsi_debug."""
    what, kind = "pulled out", "iblock"

    def __init__(self, _number):
        # all disks of the module would have one memory
        run("modprobe", "scsi_debug", "dev_size_mb=%d" % (SIZE >> 20), "delay=0")
        eventually(self.disks, 10)
        self.name = self.disks()[0]
        self.path = "/dev/" + self.name
        eventually(lambda: os.path.exists(self.path), 10)

    @staticmethod
    def disks():
        return [os.path.basename(os.path.dirname(os.path.dirname(model)))
                for model in glob.glob("/sys/block/sd*/device/model")
                if read(model).strip() == "scsi_debug"]

    def control(self):
        return "udev_path=" + self.path

    @staticmethod
    def parameter(name, value):
        write("/sys/bus/pseudo/drivers/scsi_debug/" + name, str(value))

    def give_up_after(self, seconds):
        """On each try of a command."""
        write("/sys/block/%s/device/timeout" % self.name, str(seconds))

    def pull(self):
        write("/sys/block/%s/device/delete" % self.name, "1")

    def gone(self):
        def unload():
            return not subprocess.run(("rmmod", "scsi_debug"), stderr=subprocess.DEVNULL).returncode
        eventually(unload, 10)


# linux/target_core_user.h: offsets in the mailbox and in an entry of its ring
MB_HEAD, MB_TAIL, MB_RING = 12, 64, struct.Struct("=II")    # cmdr_off, cmdr_size at 4
ENTRY_IOVS, ENTRY_CDB, ENTRY_IOV = 8, 24, 48
ENTRY_STATUS, ENTRY_READ_LEN, ENTRY_SENSE = 8, 12, 16
OP_CMD, FLAG_READ_LEN = 1, 2
FILEMARK = bytes([0xf0, 0, 0x80]) + bytes(4) + bytes([10]) + bytes(10)


def uio_of(name):
    """The N of /dev/uioN that serves this device, or None."""
    for d in glob.glob("/sys/class/uio/uio*"):
        if read(d + "/name").strip().endswith(name):
            return d.rsplit("uio", 1)[1]
    return None


def tape_command(ring, at):
    """A READ ends at a filemark, half way; everything else is well."""
    cdb = struct.unpack_from("=Q", ring, at + ENTRY_CDB)[0]
    is_read = ring[cdb] == 0x28
    size = 0
    if is_read:
        for i in range(struct.unpack_from("=I", ring, at + ENTRY_IOVS)[0]):
            base, length = struct.unpack_from("=QQ", ring, at + ENTRY_IOV + 16 * i)
            ring[base:base + length] = bytes([0x5a]) * length
            size += length
    ring[at + ENTRY_STATUS] = 2 if is_read else 0
    if is_read:
        ring[at + 7] = FLAG_READ_LEN
        struct.pack_into("=I", ring, at + ENTRY_READ_LEN, size // 2)
        ring[at + ENTRY_SENSE:at + ENTRY_SENSE + len(FILEMARK)] = FILEMARK


def serve_tape(name):
    """Until it is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)     # PR_SET_PDEATHSIG
    eventually(lambda: uio_of(name), 60)
    number = uio_of(name)
    device = os.open("/dev/uio" + number, os.O_RDWR)
    ring = mmap.mmap(device, int(read("/sys/class/uio/uio%s/maps/map0/size" % number), 16))
    start, size = MB_RING.unpack_from(ring, 4)
    while True:
        tail = struct.unpack_from("=I", ring, MB_TAIL)[0]
        while tail != struct.unpack_from("=I", ring, MB_HEAD)[0]:
            length = struct.unpack_from("=I", ring, start + tail)[0]
            if length & 7 == OP_CMD:
                tape_command(ring, start + tail)
            tail = (tail + (length & ~7)) % size
        struct.pack_into("=I", ring, MB_TAIL, tail)
        os.write(device, bytes(4))
        os.read(device, 4)


class Tape:
    """Of user space (target_core_user): data and sense data in one answer."""
    what, kind = "a tape", "user"

    def __init__(self, number):
        if subprocess.run(("modprobe", "-q", "target_core_user")).returncode and \
           not os.path.isdir("/sys/module/target_core_user"):
            raise Skipped("no target_core_user in this kernel")
        self.name = "e2e/tape-%d" % number
        self.server = os.fork()
        if not self.server:
            try:
                serve_tape(self.name)
            finally:
                os._exit(1)

    def control(self):
        return "dev_config=%s,dev_size=%d,nl_reply_supported=-1" % (self.name, SIZE)

    def gone(self):
        os.kill(self.server, signal.SIGKILL)
        os.waitpid(self.server, 0)
