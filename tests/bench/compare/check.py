"""Whether the six columns of a script are those of `floorwatch replay --json`.

usage: python3 check.py FLOORWATCH.json SCRIPT.json
"""

import json
import sys

ours, theirs = (json.load(open(path)) for path in sys.argv[1:3])
queues = {row.get("name") or key: row for key, row in ours["queues"].items()}
wrong = 0
for name, columns in theirs.items():
    row = queues[name]
    for key, value in columns.items():
        mine = row[key]["of_all"] if key == "service_level" else row[key]
        if (mine is None) != (value is None) or (value is not None and abs(mine - value) > 1e-3 * max(1, abs(value))):
            wrong += 1
            print(f"{name} {key}: floorwatch {mine}, script {value}")
print(f"{len(theirs)} queues compared, {wrong} differences")
sys.exit(1 if wrong else 0)
