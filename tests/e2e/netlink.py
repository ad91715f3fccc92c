# SPDX-License-Identifier: GPL-2.0
"""Usage: netlink.py PORTAL TARGET SECURE-TARGET SECRET FABRIC-DIRECTORY CLI [PATTERN]

The netlink family of tcm_iscsi, byte by byte, with initiators of our own. Run by
24-netlink.
"""
import errno
import glob
import json
import os
import signal
import struct
import subprocess
import sys
import time

import genl
from genl import ACK, DONE, DUMP, REQUEST, Refused, attr, attrs
from guest import write
from initiator import BLOCK, GOOD, Closed, Conn, Failed, LoginFailed, check, eventually, \
    run_tests, say

PORTAL, TARGET, SECURE, SECRET, FABRIC, CLI = sys.argv[1:7]
TPG = "%s/%s/tpgt_1" % (FABRIC, TARGET)

# linux/tcm_iscsi.h
GET_INFO, GET_SESSION, GET_LUN, GET_TARGET, EVICT = 1, 2, 3, 4, 5
A_SESSION_ID, A_TARGET, A_INITIATOR, A_WITH_HISTOGRAM = 2, 3, 4, 5


class Genl(genl.Genl):
    def __init__(self):
        super().__init__("tcm_iscsi")
        group = dict(attrs(attrs(self.about[7])[0][1]))
        check(group[1] == b"events\0", "groups: %r" % self.about[7])
        self.group, = struct.unpack("=I", group[2])

    def dump(self, cmd=GET_SESSION, body=b""):
        return [dict(attrs(m)) for m in self.ask(cmd, body, DUMP)]

    def ids(self, body=b""):
        return [struct.unpack("=I", s[A_SESSION_ID])[0] for s in self.dump(body=body)]


def connect(name="peer", target=TARGET, **more):
    return Conn(PORTAL, target, "iqn.2025-01.org.example:" + name, **more)


def sessions(*words):
    return json.loads(subprocess.run([CLI, "--json", "sessions", *words], check=True,
                                     stdout=subprocess.PIPE).stdout)


def gone():
    eventually(lambda: not Genl().ids())


# ---- events ----

class Monitor:
    def __init__(self, *words, listening=True):
        self.p = subprocess.Popen([CLI, *words, "monitor"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, bufsize=1)
        self.seen, self.all = [], []
        os.set_blocking(self.p.stdout.fileno(), False)
        self.buf = ""
        if listening:
            eventually(self.listens)

    def listens(self):
        """Is its socket in a group? (Of the inode's owner /proc says the pid.)"""
        with open("/proc/net/netlink") as f:
            for line in f.read().splitlines()[1:]:
                field = line.split()
                if field[1] == "16" and int(field[2]) & 0x3fffff == self.p.pid and \
                   int(field[3], 16):
                    return True
        return False

    def poll(self):
        try:
            got = os.read(self.p.stdout.fileno(), 1 << 16).decode()
        except BlockingIOError:
            return
        self.buf += got
        *lines, self.buf = self.buf.split("\n")
        new = [json.loads(line) for line in lines]
        self.seen += new
        self.all += new

    def wait(self, event, seconds=15, **fields):
        """The first event like that; it and those before it are taken."""
        found = []

        def there():
            self.poll()
            for i, e in enumerate(self.seen):
                if e["event"] == event and all(e.get(k) == v for k, v in fields.items()):
                    found.append(e)
                    del self.seen[:i + 1]
                    return True
            return False
        try:
            eventually(there, seconds, 0.02)
        except Failed:
            raise Failed("no %s %s, but %s" % (event, fields, self.seen))
        return found[0]

    def end(self, sig=signal.SIGINT):
        self.p.send_signal(sig)
        status = self.p.wait(10)
        error = self.p.stderr.read()
        check(status == 0 and not error, "monitor ended with %d: %s" % (status, error))


def events_of_a_session():
    m = Monitor("--json")
    c = connect("logs-in").login(InitiatorAlias="an alias")
    e = m.wait("login", initiator=c.name)
    host, port = c.s.getsockname()
    check(e["peer"] == "%s:%d" % (host, port) and e["local"] == PORTAL, str(e))
    check(e["target"] == TARGET and e["tpg"] == "tpg1" and e["alias"] == "an alias", str(e))
    check(e["isid"].replace(" ", "") == "0x" + c.isid.hex(), str(e))
    number = e["session"]
    check([s["id"] for s in sessions("list", str(number))] == [number], "not listed")
    c.run_logout()
    check(m.wait("logout")["session"] == number, "another session")
    c.s.close()
    gone()
    m.end()


def events_of_other_ends():
    """Reinstated, lost, evicted: one end for each login."""
    m = Monitor("--json")
    a = connect("one").login()
    m.wait("login", initiator=a.name)
    b = connect("one", isid=a.isid).login()
    m.wait("reinstated", initiator=a.name)
    m.wait("login", initiator=a.name)
    b.s.close()
    e = m.wait("connection_lost", initiator=a.name)
    check(e["reason"] == "closed by the initiator", str(e))
    c = connect("two").login()
    number = m.wait("login", initiator=c.name)["session"]
    out = subprocess.run([CLI, "--json", "evict", str(number)], check=True,
                         stdout=subprocess.PIPE).stdout
    check(json.loads(out)["evicted"] == 1, out)
    check(m.wait("evicted")["session"] == number, "another session")
    try:
        check(c.pdu(5) is None, "a PDU after the eviction")
        raise Failed("the connection stays")
    except Closed:
        pass
    gone()
    time.sleep(0.3)
    m.poll()
    check(not m.seen, "ends are told twice: %s" % m.seen)
    m.end()


def events_of_refusals():
    m = Monitor("--json")
    for target, more, status, reason in (
            (TARGET + "-none", {}, (2, 3), "no such target"),
            (SECURE, {"AuthMethod": "None"}, (2, 1), "")):
        c = connect("refused", target)
        try:
            c.login(**more)
            raise Failed("login to " + target)
        except LoginFailed:
            pass
        e = m.wait("login_refused")
        check((e["status_class"], e["status_detail"]) == status, str(e))
        check(e["target"] == target and e["initiator"] == c.name, str(e))
        check(reason in e["reason"] and e["peer"].startswith("127.0.0.1:"), str(e))
        c.s.close()
    c = connect("secure", SECURE)
    try:
        c.chap("user24", "not-the-secret")
        raise Failed("a wrong secret is good enough")
    except LoginFailed:
        pass
    check((m.wait("login_refused")["status_detail"]) == 1, "another status")
    m.end()


# Where nobody is logged in: in Linux 6.1, core_clear_lun_from_tpg() reads mappings
# of demo mode's ACLs after kfree_rcu() of them, and KASAN may see it.
CONFIG = "%s/%s/tpgt_1" % (FABRIC, SECURE)


def events_of_the_configuration():
    m = Monitor("--json")
    write(CONFIG + "/enable", "0")
    m.wait("tpg_disabled", target=SECURE, tpg="tpg1")
    write(CONFIG + "/enable", "1")
    m.wait("tpg_enabled", target=SECURE, tpg="tpg1")
    link = glob.glob(TPG + "/lun/lun_0/e2e")[0]
    store = os.path.normpath(os.path.join(os.path.dirname(link), os.readlink(link)))
    os.mkdir(CONFIG + "/lun/lun_7")
    os.symlink(store, CONFIG + "/lun/lun_7/e2e")
    e = m.wait("lun_mapped", target=SECURE, lun=7)
    check(e["device"] == "iblock/disk0", str(e))
    os.unlink(CONFIG + "/lun/lun_7/e2e")
    m.wait("lun_unmapped", target=SECURE, lun=7)
    os.rmdir(CONFIG + "/lun/lun_7")
    m.end()


def acl(name, **attribs):
    path = "%s/acls/iqn.2025-01.org.example:%s" % (TPG, name)
    os.mkdir(path)
    for k, v in attribs.items():
        write("%s/attrib/%s" % (path, k), str(v))
    return path


def events_of_timeouts():
    """Pings that are not answered, Data-Out that does not come, half a login."""
    path = acl("silent", nopin_timeout=3, nopin_response_timeout=3, dataout_timeout=2,
               dataout_timeout_retries=1)
    m = Monitor("--json")
    write(TPG + "/attrib/login_timeout", "5")
    half = connect("half")
    half.login_send(0x04, {k: v for k, v in half.names().items()})
    c = connect("silent").login()
    e = m.wait("timeout", timeout="login")
    check(e["peer"] == "%s:%d" % half.s.getsockname() and "status_class" not in e, str(e))
    e = m.wait("timeout", seconds=25, initiator=c.name)
    check(e["timeout"] == "nopin" and "NOP-In" in e["reason"], str(e))
    write(TPG + "/attrib/login_timeout", "15")
    half.s.close()
    c.s.close()
    eventually(lambda: not Genl().ids())
    os.rmdir(path)
    m.end()


def event_of_a_digest_error():
    m = Monitor("--json")
    c = connect("digest").login(HeaderDigest="CRC32C")
    m.wait("login")
    c.scsi(bytes(6))        # and no digest after it
    c.s.sendall(b"\1\2\3\4")
    m.wait("digest_error", initiator=c.name, reason="header digest")
    e = m.wait("connection_lost", initiator=c.name)
    check("digest" in e["reason"], str(e))
    c.s.close()
    gone()
    m.end()


def refusals_do_not_flood():
    m = Monitor("--json")
    n, start = 200, time.monotonic()
    for _ in range(n):
        c = connect("flood", TARGET + "-none")
        try:
            c.login()
        except LoginFailed:
            pass
        c.s.close()
    seconds = time.monotonic() - start
    time.sleep(1.2)
    c = connect("after").login()
    e = m.wait("login", initiator=c.name)
    check(e["session"], str(e))
    c.run_logout()
    m.wait("logout")
    m.end()
    refused = sum(e["event"] == "login_refused" for e in m.all)
    lost = sum(e.get("lost", 0) for e in m.all if e["event"] == "lost")
    check(refused + lost == n, "%d and %d lost of %d" % (refused, lost, n))
    check(refused <= 50 * (seconds + 2), "%d in %.1f s" % (refused, seconds))
    return "%d of %d in %.1f s" % (refused, n, seconds)


def slow_readers_are_told():
    """A reader that stands still loses events, hears of it, and of what there is."""
    m = Monitor("--json")
    stays = connect("stays").login()
    m.wait("login", initiator=stays.name)
    m.p.send_signal(signal.SIGSTOP)
    for _ in range(500):
        write(CONFIG + "/enable", "0")
        write(CONFIG + "/enable", "1")
    m.p.send_signal(signal.SIGCONT)
    m.wait("lost", seconds=20)
    e = m.wait("session", initiator=stays.name)
    check(e["target"] == TARGET, str(e))
    stays.run_logout()
    m.wait("logout")
    m.end()


def ends_with_its_reader():
    m = Monitor("--json")
    m.p.stdout.close()
    c = connect("reader").login()
    c.run_logout()
    status = m.p.wait(10)
    error = m.p.stderr.read()
    check(status == 0 and not error, "status %d: %s" % (status, error))
    m = Monitor()
    m.end(signal.SIGTERM)


def text_lines():
    p = subprocess.Popen([CLI, "monitor", "count=2"], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    c = connect("lines").login(InitiatorAlias="an alias")
    c.run_logout()
    out, _ = p.communicate(timeout=10)
    check(p.returncode == 0, repr(out))
    first, second = out.splitlines()
    check(" login session=" in first and " logout session=" in second, out)
    check(" initiator=%s " % c.name in first and " target=%s " % TARGET in first, out)


# ---- dumps ----

def counters():
    c = connect("counts").login()
    c.ready()
    data = os.urandom(8 * BLOCK)
    for _ in range(5):
        check(c.run(c.write(64, 8), data)[0] == GOOD, "write")
    for _ in range(7):
        check(c.run(c.read(64, 8))[1] == data, "read")
    s, = sessions("detail")
    io = s["io"]
    check((io["reads"], io["writes"]) == (7, 5), str(io))
    check((io["read_bytes"], io["write_bytes"]) == (7 * 4096, 5 * 4096), str(io))
    check(0 < io["read_ns"] < 7 * 10**10 and 0 < io["write_ns"], str(io))
    check(s["in_flight"] == 0 and "oldest_command" not in s, str(s))
    check(s["exp_cmd_sn"] == c.cmdsn, str(s))
    check(s["connections"][0]["stat_sn"] == c.exp_statsn, str(s))
    check(s["parameters"]["MaxBurstLength"] == 262144 and not s["parameters"]["DataDigest"], str(s))
    lun, = Genl().dump(GET_LUN, attr(A_WITH_HISTOGRAM, b""))
    io = dict(attrs(lun[20]))
    for kind, n in (9, 7), (11, 5):
        check(sum(struct.unpack("=%dQ" % (len(io[kind]) // 8), io[kind])) == n, str(io))
    # a write whose data does not come is the oldest command
    itt = c.write(64, 8)
    c.pdu()
    time.sleep(0.5)
    s, = sessions("detail")
    old = s["oldest_command"]
    check(s["in_flight"] == 1 and old["itt"] == itt and old["opcode"] == 0x2a, str(s))
    check(old["age_ms"] >= 500 and old["state"] == "waiting for data", str(old))
    c.s.close()
    gone()


def chap_user():
    c = connect("secure", SECURE)
    c.chap("user24", SECRET)
    keys = {"HeaderDigest": "None", "DataDigest": "None", "ErrorRecoveryLevel": "0"}
    c.login_round(0x87, keys)
    s, = sessions("detail")
    check(s["chap_user"] == "user24", str(s))
    for cmd in GET_SESSION, GET_TARGET:
        check(SECRET.encode() not in b"".join(Genl().ask(cmd, b"", DUMP)), "a secret")
    c.s.close()
    gone()


def filters():
    conns = [connect("f%d" % i).login() for i in range(3)]
    g = Genl()
    ids = g.ids()
    check(len(ids) == 3 and ids == sorted(ids), str(ids))
    check(g.ids(attr(A_SESSION_ID, ids[1])) == [ids[1]], "by id")
    check(g.ids(attr(A_INITIATOR, conns[2].name.upper())) == [ids[2]], "by initiator")
    check(g.ids(attr(A_TARGET, TARGET)) == ids, "by target")
    check(g.ids(attr(A_TARGET, SECURE)) == [], "by another target")
    check(g.ids(attr(A_SESSION_ID, ids[0]) + attr(A_INITIATOR, conns[1].name)) == [], "by both")
    targets = {t[A_TARGET]: t for t in g.dump(GET_TARGET)}
    check(set(targets) == {TARGET.encode() + b"\0", SECURE.encode() + b"\0"}, str(targets))
    n = dict(attrs(g.ask(EVICT, attr(A_TARGET, TARGET))[0]))
    check(struct.unpack("=I", n[30])[0] == 3, str(n))
    gone()
    for c in conns:
        c.s.close()


def hostile():
    """Wrong lengths, missing and unknown attributes, what only a dump can."""
    c = connect("stays").login()
    g = Genl()
    for cmd, body, flags, code in (
            (EVICT, b"", ACK, errno.EINVAL),
            (EVICT, attr(A_WITH_HISTOGRAM, b""), ACK, errno.EINVAL),
            (EVICT, attr(A_SESSION_ID, b"\1\0"), ACK, errno.ERANGE),
            (EVICT, attr(A_SESSION_ID, b"\1\0\0\0\0\0\0\0"), ACK, errno.EINVAL),
            (EVICT, attr(A_SESSION_ID, 0), ACK, errno.ERANGE),
            (EVICT, attr(A_INITIATOR, c.name.encode()), ACK, errno.EINVAL),
            (EVICT, attr(A_INITIATOR, "x" * 224), ACK, errno.ERANGE),
            (EVICT, attr(A_INITIATOR, b""), ACK, errno.EINVAL),
            (EVICT, attr(A_SESSION_ID, 0xffffffff), ACK, errno.ENOENT),
            (EVICT, attr(A_SESSION_ID, 5) + b"\x20\0\2\0", ACK, errno.EINVAL),
            (EVICT, attr(99, 5), ACK, errno.EINVAL),
            (GET_SESSION, b"", ACK, errno.EOPNOTSUPP),
            (GET_SESSION, attr(99, 5), DUMP, errno.EINVAL),
            (GET_SESSION, attr(A_TARGET, b"\0" * 5000), DUMP, errno.ERANGE),
            (GET_LUN, attr(A_SESSION_ID, b"\1"), DUMP, errno.ERANGE),
            (6, b"", ACK, errno.EOPNOTSUPP),
            (77, b"", ACK, errno.EOPNOTSUPP)):
        try:
            g.ask(cmd, body, flags)
            raise Failed("command %d with %r is taken" % (cmd, body[:40]))
        except Refused as e:
            check(e.args[0] in (code, errno.EINVAL),
                  "command %d with %r: errno %d" % (cmd, body[:40], e.args[0]))
    for size in range(0, 20):
        g.s.send(struct.pack("=IHHII", 16 + size, g.family, REQUEST | ACK, 1, 0) + b"\5" * size)
    time.sleep(0.2)
    check(len(Genl().ids()) == 1, "the session has not survived")
    c.run_logout()
    gone()


def unprivileged():
    pid = os.fork()
    if not pid:
        try:
            g = Genl()
            os.setgroups([])
            os.setresuid(65534, 65534, 65534)
            h = Genl()
            for ask in (lambda: h.dump(), lambda: h.dump(GET_LUN), lambda: h.dump(GET_TARGET),
                        lambda: h.ask(GET_INFO), lambda: h.ask(EVICT, attr(A_SESSION_ID, 1))):
                try:
                    ask()
                    os._exit(2)
                except Refused as e:
                    if e.args[0] != errno.EPERM:
                        os._exit(3)
            try:
                h.s.setsockopt(270, 1, h.group)
                os._exit(4)
            except PermissionError:
                pass
            os._exit(0)
        except BaseException as e:
            say(repr(e))
            os._exit(5)
    _, status = os.waitpid(pid, 0)
    check(status == 0, "status 0x%x" % status)


def namespaces():
    """A namespace without portals has no sessions, and cannot end any."""
    c = connect("elsewhere").login()
    out = subprocess.run(["unshare", "--net", CLI, "--json", "sessions"], check=True,
                         stdout=subprocess.PIPE).stdout
    check(json.loads(out) == [], out)
    done = subprocess.run(["unshare", "--net", CLI, "evict", "target=" + TARGET], check=False,
                          stderr=subprocess.PIPE)
    check(done.returncode == 3, str(done))
    check(len(Genl().ids()) == 1, "evicted from elsewhere")
    c.run_logout()
    gone()


def coming_and_going():
    """Dumps while 50 sessions come and go: those that stay are in each, once."""
    stay = [connect("stay%d" % i).login() for i in range(5)]
    g = Genl()
    always = set(g.ids())
    come, dumps, most = [], 0, 0
    for i in range(100):
        if i < 50:
            come.append(connect("come%d" % i).login())
        else:
            come.pop(0).s.close()
        ids = g.ids()
        dumps += 1
        most = max(most, len(ids))
        check(len(ids) == len(set(ids)) and always <= set(ids), str(ids))
    # a dump that is read slowly goes on from where it was
    more = [connect("slow%d" % i).login() for i in range(40)]
    slow = Genl()
    slow.send(slow.family, GET_SESSION, b"", DUMP)
    first = slow.s.recv(1 << 16)
    for c in more[:20]:
        c.s.close()
    seen, data, done = [], first, False
    while not done:
        while data:
            size, kind = struct.unpack_from("=IH", data)
            done |= kind == DONE
            if kind == slow.family:
                seen.append(dict(attrs(data[20:size]))[A_SESSION_ID])
            data = data[size + -size % 4:]
        data = b"" if done else slow.s.recv(1 << 16)
    check(len(seen) == len(set(seen)), "one is in it twice")
    for c in stay + more[20:]:
        c.s.close()
    gone()
    check(most >= 55, "only %d at once" % most)
    return "%d dumps of up to %d sessions" % (dumps, most)


def main():
    run_tests([
        ("netlink: counters, negotiated values, the oldest command", counters),
        ("netlink: the CHAP user, no secret", chap_user),
        ("netlink: filters, eviction of a target", filters),
        ("netlink: hostile requests", hostile),
        ("netlink: nobody but root", unprivileged),
        ("netlink: namespaces", namespaces),
        ("netlink: dumps while sessions come and go", coming_and_going),
        ("monitor: login, logout", events_of_a_session),
        ("monitor: reinstated, lost, evicted", events_of_other_ends),
        ("monitor: refused logins", events_of_refusals),
        ("monitor: portal groups and LUNs", events_of_the_configuration),
        ("monitor: timeouts", events_of_timeouts),
        ("monitor: a digest error", event_of_a_digest_error),
        ("monitor: refused logins do not flood", refusals_do_not_flood),
        ("monitor: a reader that stands still", slow_readers_are_told),
        ("monitor: ends with its reader", ends_with_its_reader),
        ("monitor: lines for people", text_lines),
    ], sys.argv[7] if len(sys.argv) > 7 else "")


main()
