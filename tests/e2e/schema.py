"""Compare configfs-schema with a live tree: schema.py SCHEMA ROOT.

Prints each difference, and fails when there is one.
"""
import json
import os
import re
import sys

schema = json.load(open(sys.argv[1]))
root = sys.argv[2]
release = tuple(int(x) for x in re.findall(r"\d+", os.uname().release)[:2])
wrong = []


def pattern(path):
    return re.compile("^" + re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) + "$")


# the most literal pattern wins, as in the CLI
nodes = sorted(((pattern(n["path"]), n) for n in schema["nodes"]),
               key=lambda x: x[1]["path"].count("{"))


def node_of(path):
    return next((n for p, n in nodes if p.match(path)), None)


def expected(entry):
    since = entry.get("since")
    if since and tuple(int(x) for x in since.split(".")) > release:
        return False
    return not entry.get("optional")


def access(path):
    mode = os.stat(path).st_mode
    return {0o600: "rw", 0o400: "ro", 0o200: "wo"}.get(mode & 0o600, "?")


def compare_attributes(path, node, files):
    attrs = {a["name"]: a for a in node["attributes"]}
    for f in files:
        if f not in attrs:
            wrong.append(f"{path}/{f}: not in the schema")
        elif access(f"{root}/{path}/{f}") != attrs[f].get("access", "rw"):
            wrong.append(f"{path}/{f}: is {access(f'{root}/{path}/{f}')} in the tree")
    for name, a in attrs.items():
        if name not in files and expected(a):
            wrong.append(f"{path}/{name}: in the schema, not in the tree")


def compare_defaults(path, node):
    for a in node["attributes"]:
        file = f"{root}/{path}/{a['name']}"
        if "default" in a and os.path.exists(file) and "r" in access(file):
            value = open(file).read().strip()
            if value != a["default"]:
                wrong.append(f"{path}/{a['name']}: {value!r}, default {a['default']!r}")


def walk(path, fresh):
    node = node_of(path)
    if node is None:
        wrong.append(f"{path}: not in the schema")
        return
    if node.get("opaque"):
        return
    entries = list(os.scandir(f"{root}/{path}"))
    compare_attributes(path, node, {e.name for e in entries if e.is_file(follow_symlinks=False)})
    fresh = fresh or "example:fresh" in path
    if fresh:
        compare_defaults(path, node)
    dirs = {e.name for e in entries if e.is_dir(follow_symlinks=False)}
    for d in dirs:
        walk(f"{path}/{d}", fresh)
    for p, n in nodes:
        parent, _, name = n["path"].rpartition("/")
        if node_of(path)["path"] == parent and n["made"] == "kernel" and expected(n) \
                and name not in dirs:
            wrong.append(f"{path}/{name}: in the schema, not in the tree")


for top in ("target/core", "target/iscsi"):
    walk(top, False)
print("\n".join(sorted(set(wrong))))
sys.exit(1 if wrong else 0)
