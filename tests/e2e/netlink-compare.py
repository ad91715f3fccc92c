# SPDX-License-Identifier: GPL-2.0
"""Usage: netlink-compare.py SESSIONS-JSON TARGET

Compare what the program says of a session with what open-iscsi has in sysfs.
"""
import glob
import json
import sys

PATH, TARGET = sys.argv[1:3]


def sysfs(path):
    with open(path) as f:
        return f.read().strip()


def main():
    with open(PATH) as f:
        session, = [s for s in json.load(f) if s["target"] == TARGET]
    where, = [d for d in glob.glob("/sys/class/iscsi_session/session*")
              if sysfs(d + "/targetname") == TARGET]
    conn = glob.glob("/sys/class/iscsi_connection/connection%s:0" % where.split("session")[-1])[0]
    params = session["parameters"]
    ours, = session["connections"]
    pairs = {
        "initiator": (session["initiator"], sysfs(where + "/initiatorname")),
        "tpg": (session["tpg"], "tpg" + sysfs(where + "/tpgt")),
        "isid": (session["isid"].replace(" ", "")[2:].lower(),
                 sysfs("/sys/class/iscsi_session/" + where.split("/")[-1] + "/isid")
                 if glob.glob(where + "/isid") else None),
        "FirstBurstLength": (params["FirstBurstLength"], int(sysfs(where + "/first_burst_len"))),
        "MaxBurstLength": (params["MaxBurstLength"], int(sysfs(where + "/max_burst_len"))),
        "InitialR2T": (params["InitialR2T"], sysfs(where + "/initial_r2t") == "1"),
        "ImmediateData": (params["ImmediateData"], sysfs(where + "/immediate_data") == "1"),
        "MaxOutstandingR2T": (params["MaxOutstandingR2T"],
                              int(sysfs(where + "/max_outstanding_r2t"))),
        "ErrorRecoveryLevel": (params["ErrorRecoveryLevel"], int(sysfs(where + "/erl"))),
        "we send": (params["MaxXmitDataSegmentLength"], int(sysfs(conn + "/max_recv_dlength"))),
        "it sends": (params["MaxRecvDataSegmentLength"], int(sysfs(conn + "/max_xmit_dlength"))),
        "HeaderDigest": (params["HeaderDigest"], sysfs(conn + "/header_digest") == "1"),
        "DataDigest": (params["DataDigest"], sysfs(conn + "/data_digest") == "1"),
        "local": (ours["local"], sysfs(conn + "/persistent_address") + ":" +
                  sysfs(conn + "/persistent_port")),
        "state": (ours["state"] + session["state"], "LOGGED_INLOGGED_IN"),
    }
    different = {k: v for k, v in pairs.items() if v[1] is not None and v[0] != v[1]}
    assert not different, different
    assert session["commands"] > 0 and session["io"]["reads"] > 0, session
    assert session["age_ms"] < 60000 and ours["idle_ms"] < 60000, session


main()
