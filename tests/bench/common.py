"""What the programs of tests/bench share: the guest, and its load."""
import json
import os
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LOAD = os.path.join(TOP, "build/bench/load")
NAME = "iqn.2024-01.org.tcm-iscsi:bench"
MAX_LUNS = 8
PORT = 7707


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def hurry(pid, level):
    """Before others of a busy host, if we may: sessions share the CPU evenly."""
    try:
        os.setpriority(os.PRIO_PROCESS, pid, level)
        with open("/proc/%d/autogroup" % pid, "w") as f:
            f.write(str(level))
    except OSError:
        pass


def hold_cpus(pid, percent):
    """Each virtual CPU of that machine runs so much of the time, 1 ms in one go."""
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/comm" % (pid, thread)) as f:
            if not f.read().startswith("CPU "):
                continue
        period = str(100 * 10 ** 6 // percent)
        subprocess.run(["chrt", "--reset-on-fork", "--deadline",
                        "--sched-runtime", str(10 ** 6), "--sched-deadline", period,
                        "--sched-period", period, "--pid", "0", thread], check=True)


class LoadFailed(Exception):
    """One measurement failed; the guest may be fine."""


class Guest:
    """The other end of tests/bench/guest."""

    def __init__(self, listener):
        self.sock, _ = listener.accept()
        self.sock.settimeout(60)
        self.file = self.sock.makefile("r")

    def ask(self, line):
        self.sock.sendall((line + "\n").encode())
        try:
            answer = self.file.readline()
        except socket.timeout:
            end_guest()
            raise RuntimeError("no answer of the guest in 60 s to: " + line)
        if not answer:
            raise RuntimeError("the guest has gone at: " + line)
        answer = json.loads(answer)
        if not answer["ok"]:
            raise RuntimeError(answer["error"])
        return answer

    def end(self):
        try:
            self.sock.sendall(b"end\n")
        except OSError:
            pass    # it has gone, which was said


def guest_process(results):
    """The virtual machine: it is told of that directory."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                words = f.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        name = os.path.basename(words[0])
        if (name.startswith("qemu-system") or name == "linux") and \
                any(results in w for w in words):
            return int(pid)
    return 0


def end_guest():
    """One that does not answer waits for our next line until its time is over."""
    process = "RESULTS" in os.environ and guest_process(os.environ["RESULTS"])
    if process:
        os.kill(process, signal.SIGTERM)


def run_load(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=120,
                            universal_newlines=True)
    if result.returncode:
        raise LoadFailed(result.stderr.strip())
    return json.loads(result.stdout)


def build():
    return subprocess.run(["make", "-s", "-C", HERE]).returncode == 0


def wait_for_guest():
    """Called by scripts/vm in the guest's network; on real machines anywhere."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((os.environ.get("BENCH_LISTEN", "10.77.0.1"), PORT))
    listener.listen(1)
    listener.settimeout(120)
    return Guest(listener)


def vm_command(options, host_command):
    """scripts/vm: tests/bench/guest in the guest, @host_command beside it."""
    return [os.path.join(TOP, "scripts/vm"), "--net"] + options + [
        "--host-command", host_command, "--", "sh", "-c",
        # host-turn tells the host to begin; the guest's own part obeys.
        "touch $RESULTS/ready; sleep 1; exec %s 10.77.0.1 %d" %
        (os.path.join(HERE, "guest"), PORT)]
