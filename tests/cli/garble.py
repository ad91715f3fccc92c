#!/usr/bin/python3
"""Usage: garble.py json|conf|tree FIRST LAST, in a case of tests/cli

Garble a saved configuration (good.json), a targets.conf (good.conf) or what the kernel
shows (config/), once for each seed from FIRST to LAST - 1, and see that the program
neither crashes nor hangs, that a file that is refused changes nothing and that this is
said, and that what was applied is what is there then.  Each command begins with what is
in start/.  What is not so is printed, and in the end how many seeds that were.
"""
import copy
import json
import os
import random
import shutil
import subprocess
import sys

LIMIT = 60      # seconds for a command
TPG = "/iscsi/iqn.2024-01.com.example:t1/tpg1"
VALUES = [None, True, False, 0, 1, -1, 2**31, 2**63 - 1, -2**63, 1.5, 1e300, "", "x", "1", "\n",
          "a\nb", "../..", "/", ".", "..", "x" * 300, "x" * 70000, "\0", "\u2028é", "NULL", [], {},
          [[]], {"a": {}}, [None], [1, "a", {}], {"": ""}, {"name": {}}, "%s%n", "0.0.0.0", "::",
          "iqn.2024-01.com.example:t1", "/backstores/ramdisk/r1", "default_tg_pt_gp", "block", "user"]
KEYS = ["name", "wwn", "x", "", "attributes", "luns", "../x", "a/b", "index", "enable"]
CONF = [b"<", b">", b"</", b"\n", b"\0", b"\\", b"\\\n", b"#", b"/*", b"*/", b'"', b"=", b"include ",
        b"<<include x>>", b"<target a>\n", b"</target>\n", b"\xff", b" " * 100, b"x" * 5000,
        b"<lun 1>", b"\r\n", b"include .\n", b"include bad.conf\n"]
NAMES = ["x", "a b", "a\nb", "lun_x", "lun_", "lun_-1", "lun_99999999999999999999", "tpgt_",
         "tpgt_x", "tpgt_5", ":", "1:x", "[::]:99999999", "%s%n", "caf\udce9", "x" * 255, "iblock_",
         "iblock_x", "rd_mcp_99999999999", "fileio_0", "user_1", "pscsi_", "\x1b[2J",
         "discovery_auth", "lun_5", "lun_0005"]
CONTENTS = [b"", b"\n", b"\0\0\0", b"x", b"-1", b"99999999999999999999", b"\xff\xfe", b"x" * 4095,
            b"x" * 4096, b"x" * 1000000, b"a\nb\nc", b"%s%n", b"1\n", b"0\n", b"NULL",
            b"T10 VPD Unit Serial Number:", b"Status: ACTIVATED", b"PAGES/PAGE_SIZE: *", b"Size: ",
            b"TG Port Alias: ", b"7 0 192.0.2.9", b"7 0 x y z\n" * 500]


def run(*args):
    try:
        done = subprocess.run([os.environ["PROGRAM"], *args], capture_output=True, timeout=LIMIT,
                              env=dict(os.environ, LD_PRELOAD=os.environ["FAKECFS_SO"]), check=False)
    except subprocess.TimeoutExpired:
        return 124, "no end"
    return done.returncode, done.stderr.decode(errors="replace")


def crashed(status):
    return status < 0 or status == 77 or status >= 124


def back():
    for part in ("config", "config.state", "etc", "run"):
        shutil.rmtree(part, ignore_errors=True)
        if os.path.exists(f"start/{part}"):
            shutil.copytree(f"start/{part}", part, symlinks=True)


def tree():
    """All that is in the fake configfs: what files have, and where links lead."""
    found = {}
    for where, dirs, files in os.walk("config"):
        for path in (os.path.join(where, name) for name in dirs + files):
            if os.path.islink(path):
                found[path] = os.readlink(path)
            elif os.path.isdir(path):
                found[path] = None
            else:
                with open(path, "rb") as file:
                    found[path] = file.read()
    return found


def paths(value, at=()):
    """The paths to all that is in a JSON value."""
    if at:
        yield at
    for key, inner in value.items() if isinstance(value, dict) else \
            enumerate(value) if isinstance(value, list) else ():
        yield from paths(inner, at + (key,))


def part(value, path):
    for key in path:
        value = value[key]
    return value


def garble_value(rand, config):
    path = rand.choice(list(paths(config)))
    at, key = part(config, path[:-1]), path[-1]
    what = rand.randrange(10)
    if what < 5:
        at[key] = rand.choice(VALUES)
    elif what < 6:
        del at[key]
    elif what < 7:
        at[key] = copy.deepcopy(part(config, rand.choice(list(paths(config)))))
    elif isinstance(at, list):
        at.append(copy.deepcopy(at[key]))
    elif what < 9:
        at[rand.choice(KEYS)] = rand.choice(VALUES)
    else:
        at[key + rand.choice(["x", "\n", " "])] = at.pop(key)


def garbled_json(rand):
    with open("good.json", encoding="utf-8") as file:
        config = json.load(file)
    for _ in range(rand.choice([1, 1, 1, 2, 3, 6])):
        garble_value(rand, config)
    text = json.dumps(config, ensure_ascii=rand.random() < .5)
    if rand.random() < .1:
        at = rand.randrange(len(text))
        text = text[:at] + rand.choice(["", "\0", "\xff", "}", "[", '"', ","]) + text[at + 1:]
    with open("bad.json", "wb") as file:
        file.write(text.encode("utf-8", "surrogatepass"))


def try_json(rand):
    garbled_json(rand)
    command = rand.choice([["apply"], ["restoreconfig"], ["restoreconfig", "--clear-existing"],
                           ["restoreconfig", "--abort-on-error=false"], ["diff"],
                           ["apply", "--dry-run"]])
    command.insert(1, "bad.json")
    before = tree()
    status, said = run(*command)
    if crashed(status):
        return command, status, said
    if status and status not in (7, 8) and "false" not in command[-1]:
        if tree() != before or "othing" not in said:
            return command, status, said, "half done, or not told"
    if command == ["apply", "bad.json"] and status in (0, 7) and "skipped" not in said:
        status, said = run("diff", "bad.json")
        if status not in (0, 7):
            return command, "then diff", status, said
    return None


def try_conf(rand):
    with open("good.conf", "rb") as file:
        text = bytearray(file.read())
    for _ in range(rand.choice([1, 2, 5, 20])):
        at = rand.randrange(len(text))
        what = rand.randrange(4)
        if what == 0:
            text[at] = rand.randrange(256)
        elif what == 1:
            del text[at:at + rand.randrange(20)]
        elif what == 2:
            text[at:at] = rand.choice(CONF)
        else:
            other = rand.randrange(len(text))
            text[at:at] = text[other:other + rand.randrange(80)]
    with open("bad.conf", "wb") as file:
        file.write(text)
    command = rand.choice([["tgt-admin", "-e", "-c", "bad.conf"], ["import", "bad.conf"],
                           ["tgt-admin", "-p", "-e", "-c", "bad.conf"],
                           ["tgt-admin", "-c", "bad.conf", "--update", "ALL"]])
    before = tree()
    status, said = run(*command)
    if crashed(status) or (status and not said):
        return command, status, said
    if status and (command[0] == "import" or "-p" in command) and tree() != before:
        return command, status, said, "half done"
    return None


def garble_dir(rand, path, everything):
    what = rand.randrange(5)
    if what < 2:
        os.mkdir(f"{path}/{rand.choice(NAMES)}")
    elif what == 2:
        shutil.rmtree(path)
    elif what == 3:
        os.symlink(os.path.abspath(rand.choice(everything)), f"{path}/{rand.choice(NAMES)}")
    else:
        shutil.rmtree(path)
        with open(path, "w", encoding="utf-8"):
            pass


def garble_entry(rand, path, everything):
    if os.path.isdir(path) and not os.path.islink(path):
        garble_dir(rand, path, everything)
        return
    link = os.path.islink(path)
    os.unlink(path)
    what = rand.randrange(10)
    if link and what < 5:
        os.symlink(rand.choice(["nowhere", "/", ".", path, "x" * 4000, "../../..", "/etc"]), path)
    elif not link and what < 8:
        with open(path, "wb") as file:
            file.write(rand.choice(CONTENTS))
    elif not link and what < 9:
        os.mkdir(path)


def try_tree(rand):
    everything = [os.path.join(where, name) for where, dirs, files in os.walk("config")
                  for name in dirs + files]
    for _ in range(rand.choice([1, 3, 10, 40])):
        try:
            garble_entry(rand, rand.choice(everything), everything)
        except OSError:
            pass        # gone with another
    for command in (["ls"], ["--json", "ls"], ["saveconfig", "out.json"], ["sessions", "detail"],
                    ["tgtadm", "--op", "show", "--mode", "target"], ["tgt-admin", "--dump"],
                    ["diff", "good.json"], [TPG, "get", "attribute"], [TPG + "/luns/lun0", "info"],
                    ["--complete", TPG + "/luns create "], ["*", "info"], ["apply", "good.json"],
                    ["clearconfig", "confirm=true"], ["restoreconfig", "good.json"]):
        status, said = run(*command)
        if crashed(status):
            return command, status, said
    return None


def main():
    try_one = {"json": try_json, "conf": try_conf, "tree": try_tree}[sys.argv[1]]
    first, last, bad = int(sys.argv[2]), int(sys.argv[3]), 0
    for seed in range(first, last):
        back()
        found = try_one(random.Random(seed))
        if found:
            bad += 1
            print("seed", seed, *found)
    print(f"{sys.argv[1]}: {bad} of {last - first}")


main()
