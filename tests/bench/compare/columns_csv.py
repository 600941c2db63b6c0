"""Six columns a queue from calls tables with Python's csv module: the least a script would do.

usage: python3 columns_csv.py FILE.csv[.gz] ...
"""

import csv
import gzip
import json
import sys
from datetime import datetime

WITHIN_S = 20
SHORT_S = 5


def main():
    queues = {}
    for path in sys.argv[1:]:
        opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, newline="")
        with opened as lines:
            for row in csv.DictReader(lines):
                q = queues.setdefault(row["queue"], [0, 0, 0, 0, 0.0, 0, 0.0])
                joined = datetime.fromisoformat(row["joined_at"])
                q[0] += 1
                if row["exit"] == "answered":
                    answered = datetime.fromisoformat(row["answered_at"])
                    wait = (answered - joined).total_seconds()
                    q[1] += 1
                    q[4] += wait
                    q[5] += wait <= WITHIN_S
                    q[6] += (datetime.fromisoformat(row["ended_at"]) - answered).total_seconds()
                elif row["exit"] == "abandoned":
                    wait = (datetime.fromisoformat(row["left_at"]) - joined).total_seconds()
                    q[2 if wait >= SHORT_S else 3] += 1
    columns = {}
    for name, (offered, answered, abandoned, short, wait, in_t, talk) in sorted(queues.items()):
        gone = answered + abandoned + short
        columns[name] = {
            "offered": offered,
            "answered": answered,
            "abandoned": abandoned,
            "asa_s": wait / answered if answered else None,
            "service_level": in_t / gone if gone else None,
            "att_s": talk / answered if answered else None,
        }
    json.dump(columns, sys.stdout, indent=1)


main()
