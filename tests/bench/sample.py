"""Where a guest's time goes: samples of its kernel, and their sums."""
import bisect
import collections
import json
import os
import random
import re
import socket
import subprocess
import time

# Which layer a function of the kernel belongs to: the first that matches.
LAYERS = (
    ("zeroing of fresh pages", r"clear_page"),
    ("idle, interrupts and clock", r"um_|uml_|os_|.*sig|.*timer|native_safe_halt|"
     r"arch_|.*idle|do_IRQ|unblock_|block_sig|set_signals|real_alarm|__kernel|"
     r"hard_handler|ktime|handle_softirqs|__do_softirq|irq_|.*_irq|.*apic|tick_|"
     r"handle_edge|asm_|common_interrupt|.*hpet|clockevents|do_softirq|.*_clock"),
    ("network driver", r"vector_|uml_vector|.*mmsg|.*vnet|.*raw_|um_vec|writev_tx|"
     r"vp_|virtqueue|vring|virtnet|detach_buf"),
    ("target core", r"target_|transport_|core_|se_|sbc_|spc_|iblock_|"
     r"__target|passthrough"),
    ("block layer and null_blk", r"blk_|bio_|null_|submit_bio|__blk|__bio|"
     r"bvec|block_|bdev|sbitmap|__sbitmap|disk_|part_|rq_|ll_|.*_rq|elv|ioc_"),
    ("TCP and IP", r"tcp_|__tcp|ip_|__ip|inet|sk_|__sk|skb_|__skb|sock|lock_sock|"
     r"release_sock|dev_|__dev|netif|__netif|net_|napi|gro_|__napi|qdisc|"
     r"__qdisc|sch_|fib_|ipv4|__copy_skb|eth_|dst_|kfree_skb|__kfree_skb|"
     r"__alloc_skb|alloc_skb|validate_xmit|rt_|nf_|simple_copy|_copy_to|"
     r"csum|do_csum|fq_|pfifo|build_skb|consume_skb|bictcp|cubic"),
    ("scheduler and work queues", r"sched|__sched|schedule|.*worker|.*work|"
     r"try_to_wake|ttwu|wake_|__wake|pick_next|enqueue|dequeue|update_|"
     r"switch_|__switch|finish_task|kthread|rcu_|__rcu|llist|prepare_to|"
     r".*_fair|.*_entity|.*vruntime|place_|check_preempt|set_next|put_prev"),
    ("memory", r"kmem|__kmem|kmalloc|__kmalloc|kfree|slab|___slab|__slab|page|"
     r"__page|alloc_|__alloc|free_|__free|get_page|put_page|mempool|memset|"
     r"clear_|kcalloc|PageHuge|sg_|__sg|rmqueue|.*zone|prep_|frag|krealloc|get_partial"),
    ("copying", r"memcpy|memmove|copy_|_copy|__memcpy|.*iter"),
    ("checksums and crypto", r"crc|chksum|crypto|shash"),
)


def symbols(path):
    """Addresses in order, and the name and module of each."""
    found = []
    with open(path) as f:
        for line in f:
            words = line.split()
            if words[1].lower() in "tw":
                found.append((int(words[0], 16), words[2],
                              words[3] if len(words) > 3 else ""))
    found.sort()
    return [f[0] for f in found], found


# Modules that belong to a layer. Any other is one of its own.
MODULES = {
    "[null_blk]": "block layer and null_blk", "[brd]": "block layer and null_blk",
    "[target_core_mod]": "target core", "[target_core_iblock]": "target core",
    "[virtio_net]": "network driver", "[virtio_pci]": "network driver",
    "[virtio_ring]": "network driver", "[virtio]": "network driver",
}


def layer(name, module):
    if module:
        return MODULES.get(module, module)
    for title, pattern in LAYERS:
        if re.match(pattern, name):
            return title
    return "other"


# Named with their caller, who is to blame for the time in them.
HELPERS = re.compile(r"memset|memcpy|memmove|__memcpy|memcmp|_raw_spin|__list_|"
                     r"(__)?kmem|(__)?kmalloc|kfree|crc32c|um_set_signals|unblock|"
                     r"__rcu_read|clear_bit|set_bit")


class Symbols:
    def __init__(self, path):
        self.addresses, self.table = symbols(path)

    def find(self, address):
        """(name, module), or None when it is not the guest kernel's."""
        at = bisect.bisect_right(self.addresses, address) - 1
        if at < 0 or address - self.addresses[at] > 1 << 16:
            return None
        return self.table[at][1:]


def perf_chains(dump):
    """The samples of perf script -D."""
    chain = []
    for line in dump.splitlines():
        if "PERF_RECORD_SAMPLE" in line:
            if chain:
                yield chain
            chain = []
        elif re.match(r"\.\.\.\.\. *\d+: [0-9a-f]{16}$", line):
            chain.append(int(line.split()[-1], 16))
    if chain:
        yield chain


def report(chains, kallsyms, path, title):
    """Shares by layer, by function (with its caller), and with all below it.

    @chains is a list of addresses for each sample, from the leaf outwards.

    System calls that the guest, a process, makes belong to who makes them.
    """
    known = Symbols(kallsyms)
    layers, functions, below = (collections.Counter() for _ in range(3))
    for chain in chains:
        found = [f for f in map(known.find, chain) if f]
        if not found:
            layers["user space of the guest, and the host"] += 1
            continue
        label = " ".join(found[0])
        owner = found[0]
        for outer in found[1:]:
            if not HELPERS.match(owner[0]):
                break
            label += " < " + outer[0]
            owner = outer
        layers[layer(*owner)] += 1
        functions[label.strip()] += 1
        for name in set(f[0] for f in found):
            below[name] += 1
    total = sum(layers.values()) or 1
    with open(path, "w") as f:
        f.write("%s: %d samples\n" % (title, total))
        for what, counter, limit in (("layers", layers, 0),
                                     ("functions", functions, 0.5),
                                     ("with all they call", below, 2)):
            f.write("\n%s\n" % what)
            for name, n in counter.most_common():
                if 100 * n / total > limit:
                    f.write("%6.2f%%  %s\n" % (100 * n / total, name))



def process(pid, seconds, directory):
    """Sample User-mode Linux, a process of this host."""
    data = os.path.join(directory, "perf.data")
    subprocess.run(["perf", "record", "-q", "-g", "-e", "cpu-clock", "-F", "5000",
                    "-o", data, "-p", str(pid), "--", "sleep", str(seconds)],
                   check=True)
    return perf_chains(subprocess.run(["perf", "script", "-i", data, "-D"],
                                      stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL,
                                      universal_newlines=True).stdout)


class Monitor:
    """QEMU's, which speaks QMP at a socket."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.file = self.sock.makefile("rw")
        self.file.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self.file.write(json.dumps(request) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError("%s: %s" % (command, answer["error"]["desc"]))

    def say(self, line):
        return self.ask("human-monitor-command", **{"command-line": line})


# How much of the stack is looked at. Words in it that are addresses of code are taken
# for callers, some of which have returned long ago.
STACK_WORDS = 64


def machine(path, seconds):
    """Sample an emulated machine with one CPU: stop it, look, let it go on."""
    monitor = Monitor(path)
    chains = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(random.uniform(0.003, 0.009))
        monitor.ask("stop")
        registers = monitor.say("info registers")
        at, stack = (int(re.search(name + "=([0-9a-f]+)", registers)[1], 16)
                     for name in ("RIP", "RSP"))
        words = monitor.say("x/%dgx 0x%x" % (STACK_WORDS, stack))
        monitor.ask("cont")
        chains.append([at] + [int(w, 16) for w in re.findall(r" (0x\w+)", words)])
    return chains
